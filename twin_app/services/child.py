"""One question to a child process: a crash, a hang or a mistake there is an answer here, not an end."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


class NoAnswer(str):
    """Why there is no answer, in technical words."""

    __slots__ = ()


def answer_of_child(question: Callable[..., Any], *arguments: object, timeout_s: float) -> Any:
    """What ``question(*arguments)`` gives in a fresh process, or `NoAnswer`; the process is gone afterwards.

    ``question`` is a module's function; its answer can be pickled. Its own output is thrown away.
    """
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sending, question, arguments), daemon=True)
    process.start()
    sending.close()
    try:
        return receiving.recv() if receiving.poll(timeout_s) else NoAnswer(f"no answer within {timeout_s:.0f} s")
    except EOFError:
        process.join(1)
        return NoAnswer(f"the process ended with {process.exitcode}")
    finally:
        receiving.close()
        process.kill()
        process.join()
        process.close()


def _answer(sending: Connection, question: Callable[..., Any], arguments: tuple[object, ...]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    try:
        sending.send(question(*arguments))
    except Exception as mistake:  # noqa: BLE001 - whatever goes wrong there is what the caller wants to know
        sending.send(NoAnswer(f"{type(mistake).__name__}: {mistake}"))

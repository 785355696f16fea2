"""One indicator at length: baseline, target, pace, forecast, what was stated, and the form to state more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from twin_app.live.values import State, time_us_of
from twin_app.services.project import DeclaredRecord
from twin_app.ui.context import UiContext
from twin_app.ui.panels.indicator_card import IndicatorCard
from twin_app.ui.panels.indicator_form import IndicatorForm
from twin_app.ui.widgets import button, clear_layout, column, label, row
from twin_app.usecases import indicator_words as words
from twin_app.usecases.declaring import stated_of
from twin_app.usecases.districts import District, district_words, since_words
from twin_app.usecases.indicators import Standing
from twin_app.usecases.scenarios import scenario_words


class IndicatorDetails(QScrollArea):
    """`left` tells that all indicators are to be shown again."""

    left = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._shown: tuple[object, ...] = ()
        self.card: IndicatorCard | None = None
        self.form = IndicatorForm(context)
        back = QPushButton()
        back.setProperty("role", "flat")
        context.texts.bind(back.setText, text_key="indicator.board.back")
        context.look.bind_icon(back.setIcon, "mdi6.arrow-left", "accent")
        back.clicked.connect(self.left)
        parts = QWidget(), QWidget()
        self._facts, self._stated = (QVBoxLayout(part) for part in parts)
        for inside, spacing in ((self._facts, 2), (self._stated, 6)):
            inside.setContentsMargins(2, 2, 2, 6)
            inside.setSpacing(spacing)
        sheet = QWidget()
        sheet.setObjectName("sheet")
        self._layout = QVBoxLayout(sheet)
        self._layout.setContentsMargins(10, 4, 10, 12)
        self._layout.setSpacing(8)
        for part in (back, *parts, self.form):
            self._layout.addWidget(part)
        self._layout.addStretch(1)
        self.setWidget(sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_standing(self, standing: Standing, ranked: Sequence[District] = ()) -> None:
        """Another indicator, or what is known of it now; ``ranked``: its districts."""
        if self.card is None:
            self.card = IndicatorCard(self._context, standing)
            self.card.clicked.connect(self.left)
            self._layout.insertWidget(1, self.card)
        self.card.show_standing(standing)
        self.form.show_indicator(standing.indicator)
        stated = stated_of(self._context.workbench, standing.indicator.id)
        facts = self._facts_of(standing, stated)
        lines = [district_words(self._context.tr, standing.indicator, one) for one in ranked]
        if lines:
            facts.insert(-1, (self._context.tr("topic.districts"), "\n".join(lines)))
        shown = (facts, stated, self._context.tr.language)
        if shown != self._shown:
            self._shown = shown
            self._show_facts(facts)
            self._show_stated(standing, stated)

    def _facts_of(self, standing: Standing, stated: list[DeclaredRecord]) -> list[tuple[str, str]]:
        tr, one, value = self._context.tr, standing.indicator, standing.value
        now = self._context.workbench.live.time_us()
        unknown = tr("indicator.board.unknown")
        forecast = words.forecast_words(tr, one, value, _history(stated, now) if value.state is State.DECLARED else [])
        ahead = "\n".join(forecast) or unknown
        facts = [(tr("indicator.board.baseline"), words.baseline_words(tr, one) or tr("indicator.board.not_given"))]
        if words.target_words(tr, one):
            facts.append((tr("indicator.board.pace"), words.pace_words(tr, one, value, now) or unknown))
            facts.append((tr("indicator.board.forecast"), ahead))
        since = since_words(tr, one, _history(stated, now))
        if since:
            facts.append((tr("topic.since"), since))
        beside = scenario_words(tr, one, value, self._context.workbench.scenario)
        if beside:
            facts.append((tr("indicator.board.scenario"), beside))
        if standing.provenance(tr.language):
            facts.append((tr("indicator.board.provenance"), standing.provenance(tr.language)))
        facts.append((tr("indicator.board.source"), one.clause.of(tr.language) or tr("indicator.board.not_given")))
        return facts

    def _show_facts(self, facts: list[tuple[str, str]]) -> None:
        layout = self._facts
        clear_layout(layout)
        for caption, text in facts:
            layout.addWidget(label("small", caption))
            said = label("", text, wrap=True)
            said.setContentsMargins(0, 0, 0, 5)
            layout.addWidget(said)

    def _show_stated(self, standing: Standing, stated: list[DeclaredRecord]) -> None:
        tr, one, layout = self._context.tr, standing.indicator, self._stated
        clear_layout(layout)
        layout.addWidget(label("section", tr("indicator.board.stated")))
        if not stated:
            layout.addWidget(label("muted", tr("indicator.board.none_stated"), wrap=True))
        for record in stated:
            value = words.stated_text(one, record, tr.language)
            line = tr("indicator.board.stated_line", value=value, day=words.date_text(record.at))
            line = tr("topic.stated_of", area=record.area, line=line) if record.area else line
            by = tr("indicator.board.stated_by", who=record.who, source=record.source)
            away = button(self._context, "mdi6.close", tip_key="indicator.board.withdraw")
            away.clicked.connect(partial(self._withdraw, record))
            text = column(label("", line, wrap=True), label("small", by, wrap=True), spacing=0)
            layout.addWidget(row(text, away, spacing=4))

    def _withdraw(self, record: DeclaredRecord, _checked: bool = False) -> None:
        self._context.run("indicator.withdraw", stated=record)


def _history(stated: list[DeclaredRecord], now: int) -> list[tuple[int, float]]:
    """Stated values of the indicator's own unit in time, as far as they lie behind."""
    found = []
    for record in stated:
        try:
            time_us = time_us_of(record.at)
        except (ValueError, OverflowError):
            continue
        if time_us <= now and not record.unit and not record.area:
            found.append((time_us, record.value))
    return found

"""Questions that need an answer: which files, where to, keep changes or not."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from loaders import registry
from twin_app.ui.context import UiContext
from twin_app.ui.widgets import label

PROJECT_SUFFIX = ".citytwin"


def ask_open_paths(context: UiContext, parent: QWidget, suffixes: tuple[str, ...] = ()) -> list[Path]:
    """Files the user chose, of some ``suffixes`` or of all known formats; none when they changed their mind."""
    tr = context.tr
    if suffixes:
        some = f"{tr('ui.file.exports')} ({' '.join(f'*{one}' for one in suffixes)})"
        chooser = _Chooser(context, parent, "ui.file.open", _folder(context), f"{some};;{tr('ui.file.any')} (*)")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
        return chooser.ask()
    known = " ".join(f"*{extension}" for extension in (*_extensions(), PROJECT_SUFFIX))
    filters = [f"{tr('ui.file.all_known')} ({known})", f"{tr('ui.file.projects')} (*{PROJECT_SUFFIX})"]
    filters.append(f"{tr('ui.file.any')} (*)")
    chooser = _Chooser(context, parent, "ui.file.open", _folder(context), ";;".join(filters))
    chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return chooser.ask()


def _extensions() -> list[str]:
    return sorted({extension for known in registry.formats() for extension in known.extensions})


def _folder(context: UiContext) -> str:
    recent = context.workbench.settings.get("recent.paths")
    return str(Path(recent[0]).parent) if recent else ""


def ask_save_path(context: UiContext, parent: QWidget, *, suffix: str, suggested: str) -> Path | None:
    """Where to write; the suffix is added when the user left it out."""
    tr = context.tr
    start = str(Path(_folder(context)) / f"{suggested}{suffix}")
    key = {PROJECT_SUFFIX: "ui.file.projects", ".png": "ui.file.pictures"}.get(suffix, "ui.file.exports")
    chooser = _Chooser(context, parent, "ui.file.save", str(Path(start).parent), f"{tr(key)} (*{suffix})")
    chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    chooser.setDefaultSuffix(suffix.removeprefix("."))
    chooser.selectFile(Path(start).name)
    chosen = chooser.ask()
    if not chosen:
        return None
    path = chosen[0]
    return path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)


def ask_new_folder(context: UiContext, parent: QWidget, *, suggested: str) -> Path | None:
    """A folder that is to be made."""
    tr = context.tr
    chooser = _Chooser(context, parent, "ui.file.export", _folder(context), f"{tr('ui.file.folders')} (*)")
    chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    chooser.setOption(QFileDialog.Option.DontConfirmOverwrite)  # what is there already is never written over
    chooser.setLabelText(QFileDialog.DialogLabel.FileName, tr("ui.file.new_folder"))
    chooser.selectFile(suggested)
    chosen = chooser.ask()
    return chosen[0] if chosen else None


class _Chooser(QFileDialog):
    """Qt's file dialog, with the words that its own translations lack and columns as wide as they need to be."""

    def __init__(self, context: UiContext, parent: QWidget, title_key: str, folder: str, filters: str) -> None:
        super().__init__(parent, context.tr(title_key), folder, filters)
        self.setLabelText(QFileDialog.DialogLabel.LookIn, context.tr("ui.file.look_in"))
        self.setLabelText(QFileDialog.DialogLabel.FileType, context.tr("ui.file.type"))
        self.resize(820, 520)
        for table in self.findChildren(QTreeView):  # none where the system has a dialog of its own
            for column, width_px in enumerate((300, 90, 120, 150)):
                table.setColumnWidth(column, width_px)

    def ask(self) -> list[Path]:
        """What was chosen; nothing where the user changed their mind."""
        accepted = self.exec() == QDialog.DialogCode.Accepted
        chosen = [Path(name) for name in self.selectedFiles()] if accepted else []
        self.deleteLater()
        return chosen


class Question(QDialog):
    """One sentence and its answers; ``answer`` holds the name of the one that was chosen."""

    def __init__(self, parent: QWidget, title: str, words: str, answers: dict[str, str], *, best: str) -> None:
        super().__init__(parent)
        self.answer = "cancel"
        self.buttons: dict[str, QPushButton] = {}
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(8)
        layout.addWidget(label("title", title))
        text = label("muted", words, wrap=True)
        text.setMinimumWidth(360)
        layout.addWidget(text)
        layout.addSpacing(8)
        across = QHBoxLayout()
        across.addStretch(1)
        for name, caption in answers.items():
            push = self.buttons[name] = QPushButton(caption)
            push.setProperty("role", "primary" if name == best else "")
            push.setDefault(name == best)
            push.clicked.connect(lambda _checked=False, n=name: self._choose(n))
            across.addWidget(push)
        layout.addLayout(across)

    def _choose(self, name: str) -> None:
        self.answer = name
        self.accept()


class TextQuestion(QDialog):
    """A line to type in, with what is there already to choose from."""

    def __init__(self, context: UiContext, parent: QWidget, title_key: str, value: str, choices: list[str]) -> None:
        super().__init__(parent)
        tr = context.tr
        self.setWindowTitle(tr(title_key))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setMinimumWidth(320)
        self.box.addItems(choices)
        self.box.setCurrentText(value)
        self.box.setAccessibleName(tr(title_key))
        across = QHBoxLayout()
        across.addStretch(1)
        for key, role, does in (("ui.ask.cancel", "", self.reject), ("ui.ask.ok", "primary", self.accept)):
            push = QPushButton(tr(key))
            push.setProperty("role", role)
            push.setDefault(role == "primary")
            push.clicked.connect(does)
            across.addWidget(push)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(label("title", tr(title_key)))
        layout.addWidget(self.box)
        layout.addLayout(across)


def ask_text(context: UiContext, parent: QWidget, title_key: str, *, value: str, choices: list[str]) -> str | None:
    """What the user typed or chose, None when they changed their mind."""
    question = TextQuestion(context, parent, title_key, value, choices)
    accepted = question.exec() == QDialog.DialogCode.Accepted
    text = question.box.currentText().strip()
    question.deleteLater()
    return text if accepted else None


def ask_keep_changes(context: UiContext, parent: QWidget) -> str:
    """``save``, ``discard`` or ``cancel``."""
    tr, path = context.tr, context.workbench.project.path
    name = path.stem if path is not None else tr("ui.unsaved_project")
    answers = {"discard": tr("ui.ask.discard"), "cancel": tr("ui.ask.cancel"), "save": tr("ui.ask.save")}
    question = Question(parent, tr("ui.ask.keep", name=name), tr("ui.ask.keep_words"), answers, best="save")
    question.exec()
    question.deleteLater()
    return question.answer


def ask_stop_jobs(context: UiContext, parent: QWidget) -> bool:
    """Whether running jobs may be stopped."""
    tr, count = context.tr, len(context.workbench.jobs.running)
    answers = {"cancel": tr("ui.ask.wait"), "stop": tr("ui.ask.stop")}
    question = Question(parent, tr("ui.ask.jobs", count=count), tr("ui.ask.jobs_words"), answers, best="stop")
    question.exec()
    question.deleteLater()
    return question.answer == "stop"

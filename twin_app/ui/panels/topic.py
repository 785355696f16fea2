"""Streams of one kind side by side: ranked as bars, spread over classes, or as a table."""

from __future__ import annotations

import time

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHeaderView,
    QListView,
    QStackedWidget,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from twin_app.commands.topics import FORMS
from twin_app.ui.context import UiContext
from twin_app.ui.held import HeldLabel
from twin_app.ui.panels.topic_chart import TopicChart
from twin_app.ui.panels.topic_delegate import TopicDelegate
from twin_app.ui.panels.topic_model import ENTRY, TopicModel, TopicOrder
from twin_app.ui.widgets import ElidedComboBox, button, label, row
from twin_app.usecases.topic_board import TopicBoard

LEAST_BETWEEN_S = 0.5
WIDTHS_PX = {0: 60, 2: 130, 3: 90, 4: 130, 5: 90}


class TopicPanel(QWidget):
    """Follows live values at most twice a second, and only while it can be seen."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._shown_s, self._choosing = 0.0, False
        self.board = TopicBoard(context.workbench)
        self.topics = ElidedComboBox()
        self.topics.setMinimumContentsLength(16)
        self.model = TopicModel(context, self)
        self.ranks, self.sorted = TopicOrder(self), TopicOrder(self)
        self.list, self.chart, self.table = QListView(), TopicChart(context), QTreeView()
        self.delegate = TopicDelegate(context, self.list)
        self.count, self.stamp, self.empty = label("small"), label("stamp"), label("muted", wrap=True)
        self._forms: dict[str, QToolButton] = {}
        self._build()
        self._connect()
        self._reword()

    def _build(self) -> None:
        context = self._context
        group = QButtonGroup(self)
        for name in FORMS:
            made = self._forms[name] = QToolButton()
            made.setProperty("role", "chip")
            made.setCheckable(True)
            group.addButton(made)
            context.texts.bind(made.setText, text_key=f"topic.form.{name}")
            made.clicked.connect(lambda _checked=False, form=name: context.run(f"topic.{form}"))
        self.turn = button(context, "mdi6.swap-vertical", tip_key="command.topic.turn.title")
        self.turn.clicked.connect(lambda: context.run("topic.turn"))
        left: tuple[QWidget, ...] = (self.topics, *self._forms.values(), self.turn)
        self._build_views()
        self.pages = QStackedWidget()
        for page in (self.list, self.chart, self.table):
            self.pages.addWidget(page)
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        context.texts.bind(self.empty.setText, text_key="topic.empty")
        context.texts.bind(self.topics.setAccessibleName, text_key="topic.choose")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(row(*left, 1, self.count, HeldLabel(context), self.stamp, spacing=6, margins=(8, 5, 8, 4)))
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.pages, 1)

    def _build_views(self) -> None:
        for order in (self.ranks, self.sorted):
            order.setSourceModel(self.model)
            order.setDynamicSortFilter(True)
            order.sort(0, Qt.SortOrder.AscendingOrder)
        self.list.setModel(self.ranks)
        self.list.setItemDelegate(self.delegate)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table = self.table
        table.setModel(self.sorted)
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.header().setStretchLastSection(False)
        table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for place, width in WIDTHS_PX.items():
            table.setColumnWidth(place, width)
        for view in (self.list, table):
            self._context.texts.bind(view.setAccessibleName, text_key="ui.panel.topic")

    def _connect(self) -> None:
        workbench = self._context.workbench
        self.topics.activated.connect(lambda at: self._context.run("topic.show", topic=self.topics.itemData(at)))
        for view in (self.list, self.table):
            view.selectionModel().selectionChanged.connect(self._on_selected)
            view.doubleClicked.connect(self._go)
        self.chart.pressed.connect(workbench.choose_streams)
        workbench.live.streams_changed.connect(self._on_streams)
        workbench.live.values_changed.connect(self._on_values, max_args=0)
        workbench.live.time_changed.connect(self.refresh)
        workbench.topic_asked.connect(self._on_asked)
        workbench.streams_chosen.connect(self._show_chosen)
        workbench.project.changed.connect(self._reword)
        self._context.texts.on_change(self._reword)
        self._context.look.on_change(lambda _theme: self.refresh())

    def _reword(self) -> None:
        self._fill_topics(anew=True)
        self.model.reword()
        self._on_asked()

    def _on_streams(self) -> None:
        self._fill_topics()
        self.refresh()

    def _fill_topics(self, *, anew: bool = False) -> None:
        """Names are looked up only once they can be seen."""
        if not self.isVisible():
            return
        topics = self.board.topics()
        if anew or [self.topics.itemData(n) for n in range(self.topics.count())] != topics:
            self.topics.clear()
            for topic in topics:
                self.topics.addItem(self.board.title(topic), topic)
        self.topics.setCurrentIndex(max(0, self.topics.findData(self._context.workbench.topic_shown)))

    def _on_asked(self) -> None:
        workbench = self._context.workbench
        self._forms[workbench.topic_form].setChecked(True)
        self.pages.setCurrentIndex(FORMS.index(workbench.topic_form))
        self.topics.setCurrentIndex(max(0, self.topics.findData(workbench.topic_shown)))
        self.turn.setEnabled(workbench.topic_form == "ranking")
        self.refresh()

    def _on_values(self) -> None:
        if time.monotonic() - self._shown_s > LEAST_BETWEEN_S:
            self.refresh()

    def refresh(self) -> None:
        """What is known at the time that is looked at."""
        if not self.isVisible():
            return
        workbench, tr = self._context.workbench, self._context.tr
        self._shown_s = time.monotonic()
        topic = workbench.topic_shown or self.topics.currentData() or ""
        view = self.board.view(topic, turned=workbench.topic_turned)
        self.delegate.largest = view.largest
        self.delegate.has_negative = any(one.is_good and one.value < 0 for one in view.entries)
        self.delegate.has_stamps = view.is_simulated
        self.model.show(view)
        self.chart.show_view(view)
        self.empty.setVisible(not view.entries)
        self.pages.setVisible(bool(view.entries))
        good = tr("topic.good_of", good=view.good, total=len(view.entries))
        order = tr("topic.turn_low" if view.lowest_first else "topic.turn_best")
        parts = [good, order] if workbench.topic_form == "ranking" else [good]
        self.count.setText(" · ".join(parts) if view.entries else "")
        self.stamp.setText(tr("live.stamp") if view.is_simulated else "")
        self._show_chosen()

    def _on_selected(self) -> None:
        view = self.list if self.pages.currentWidget() is self.list else self.table
        chosen = view.selectionModel().selectedIndexes()  # a list selects one cell of a row
        if self._choosing or not chosen:
            return
        self._choosing = True
        self._context.run("topic.choose", row=chosen[0].data(ENTRY).row)
        self._choosing = False
        self._show_chosen()

    def _show_chosen(self) -> None:
        """What was chosen elsewhere is marked here."""
        if self._choosing or not self.isVisible():
            return
        wanted = set(self._context.workbench.chosen_streams)
        self._choosing = True
        flags = QItemSelectionModel.SelectionFlag
        for view, order in ((self.list, self.ranks), (self.table, self.sorted)):
            chosen = QItemSelection()
            for at, one in enumerate(self.model.view.entries):
                if one.row in wanted:
                    index = order.mapFromSource(self.model.index(at, 0))
                    chosen.select(index, index)
            before = {index.row() for index in view.selectionModel().selectedIndexes()}
            if before != {index.row() for index in chosen.indexes()}:
                view.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
                if chosen.indexes():
                    view.scrollTo(chosen.indexes()[0])
        self._choosing = False

    def _go(self, index: QModelIndex) -> None:
        self._context.run("topic.choose", row=index.data(ENTRY).row, fly=True)

    def showEvent(self, event: QShowEvent) -> None:
        """What went on meanwhile."""
        super().showEvent(event)
        self._fill_topics()
        self.refresh()

"""The indicators panel: cards of a pack, values of streams and of people, one indicator at length."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.gui.driving import open_folder, until
from tests.gui.models import office
from twin_app.live.streams import StreamInfo
from twin_app.live.values import Observation, State, now_us
from twin_app.ui.panels.indicators import IndicatorsPanel
from twin_app.usecases.projects import clear, open_project, save_project

if TYPE_CHECKING:
    from pathlib import Path

    from twin_app.ui.main_window import MainWindow

VALUE_ADDED, STATIONS, USERS = "plan.core_value_added", "plan.5g_stations", "plan.core_share_of_gdp"
LAST_YEAR = str(datetime.now(UTC).year - 1)


def _panel(window: MainWindow) -> IndicatorsPanel:
    panel = window.panels["indicators"]
    assert isinstance(panel, IndicatorsPanel)
    window.context.run("window.panel_indicators")
    until(lambda: panel.isVisible() and len(panel.grid.cards) == 22)
    return panel


def _stream(window: MainWindow, key: str, value: float, state: State = State.MEASURED, unit: str = "亿元") -> None:
    live = window.context.workbench.live
    live.table.declare([StreamInfo(key, key, unit, VALUE_ADDED, state=state)])
    live.table.accept([Observation(key, value, now_us())])
    live.beat()


def _texts(panel: IndicatorsPanel, indicator: str = VALUE_ADDED) -> list[str]:
    return panel.grid.cards[indicator].texts()


def _said(panel: IndicatorsPanel) -> list[str]:
    return [one.text() for one in panel.details.widget().findChildren(QLabel)]


def test_without_a_value_there_is_no_number(window: MainWindow) -> None:
    panel = _panel(window)
    assert _texts(panel)[1:] == ["Missing", "Target ≥ 370 bn CNY by 2026"]
    assert panel.grid.cards[VALUE_ADDED].ring() is None
    assert panel.count.text() == "0 of 22 values good"


def test_values_of_streams_come_in_the_unit_of_the_indicator(window: MainWindow) -> None:
    panel = _panel(window)
    _stream(window, "f/a", 1_850 * 1e8, unit="CNY")
    until(lambda: "185 bn CNY" in _texts(panel))
    assert panel.grid.cards[VALUE_ADDED].ring() == 0.5
    assert _texts(panel)[-1].startswith("Measured · Good · ")
    # The other is the share of streams that come in.
    until(lambda: panel.count.text() == "2 of 22 values good")
    _stream(window, "f/b", 7.0, unit="kW")  # not a sum of money: never taken for one
    QTest.qWait(600)
    assert "185 bn CNY" in _texts(panel)


def test_simulated_values_carry_their_stamp_in_both_places(window: MainWindow) -> None:
    panel = _panel(window)
    _stream(window, "f/a", 1850.0, State.SIMULATED)
    until(lambda: "Simulated" in _texts(panel))
    window.context.run("window.language_zh_CN")
    until(lambda: "模拟" in _texts(panel))
    QTest.mouseClick(panel.grid.cards[VALUE_ADDED], Qt.MouseButton.LeftButton)
    until(lambda: panel.pages.currentWidget() is panel.details)
    assert panel.details.card is not None
    assert "模拟" in panel.details.card.texts()


def test_one_at_length_shows_its_streams_and_esc_leads_back(window: MainWindow) -> None:
    panel = _panel(window)
    _stream(window, "f/a", 1850.0)
    panel.refresh()
    QTest.mouseClick(panel.grid.cards[VALUE_ADDED], Qt.MouseButton.LeftButton)
    assert window.context.workbench.chosen_streams == (0,)
    assert "not given" in _said(panel)  # the plan names no baseline
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.pages.currentWidget() is panel.grid
    assert window.context.workbench.current_indicator == ""


def test_a_value_is_stated_kept_and_taken_back(window: MainWindow, tmp_path: Path) -> None:
    panel, workbench = _panel(window), window.context.workbench
    QTest.mouseClick(panel.grid.cards[VALUE_ADDED], Qt.MouseButton.LeftButton)
    form = panel.details.form
    for name, text in {"value": "2,960", "at": LAST_YEAR, "from": "Yearbook"}.items():
        form.fields[name].setText(text)
    QTest.mouseClick(form.keep, Qt.MouseButton.LeftButton)
    assert "needs the name" in form.wrong.text()
    assert workbench.project.declared == []
    form.fields["who"].setText("Office of statistics")
    QTest.mouseClick(form.keep, Qt.MouseButton.LeftButton)
    [stated] = workbench.project.declared
    assert (stated.value, stated.at) == (2960.0, f"{LAST_YEAR}-12-31T23:59:59Z")
    assert workbench.project.dirty
    assert "296 bn CNY" in _texts(panel)
    assert _texts(panel)[-1].startswith("Declared · Good · ")
    assert f"296 bn CNY, {LAST_YEAR}-12-31" in _said(panel)
    path = tmp_path / "saved.citytwin"
    assert save_project(workbench, path)
    clear(workbench)
    assert "Missing" in _texts(panel)
    open_project(workbench, path)
    until(lambda: "296 bn CNY" in _texts(panel))
    panel.choose(VALUE_ADDED)
    window.context.run("indicator.withdraw")
    assert workbench.project.declared == []
    assert "Missing" in _texts(panel)


def test_what_is_no_number_is_told_under_the_form(window: MainWindow) -> None:
    panel = _panel(window)
    panel.choose(VALUE_ADDED)
    form = panel.details.form
    for name in form.fields:
        form.fields[name].setText("much")
    QTest.keyClick(form.fields["value"], Qt.Key.Key_Return)
    assert "is no number" in form.wrong.text()
    assert window.context.workbench.project.declared == []


def test_cards_stand_in_two_columns_where_there_is_room(window: MainWindow) -> None:
    panel = _panel(window)
    assert len({card.x() for card in panel.grid.cards.values()}) == 1
    window.resizeDocks([window.docks.by_name["indicators"]], [500], Qt.Orientation.Horizontal)
    until(lambda: len({card.x() for card in panel.grid.cards.values()}) == 2)
    until(lambda: all(card.height() >= card.heightForWidth(card.width()) for card in panel.grid.cards.values()))


def test_another_pack_is_chosen(window: MainWindow) -> None:
    panel = _panel(window)
    panel.choose(VALUE_ADDED)
    panel.packs.setCurrentIndex(1)
    assert panel.pages.currentWidget() is panel.grid
    assert VALUE_ADDED not in panel.grid.cards
    assert panel.grid.cards


def test_what_is_computed_follows_the_layers(window: MainWindow, folders: dict[str, Path], tmp_path: Path) -> None:
    panel, workbench = _panel(window), window.context.workbench
    panel.packs.setCurrentIndex(panel.packs.findData("city-form"))
    assert _texts(panel, "form.houses")[1] == "Missing"
    layer = open_folder(window, folders["office"])
    window.show_panel("indicators")
    until(lambda: _texts(panel, "form.houses")[1] == "1")
    assert any("Computed" in text for text in _texts(panel, "form.houses"))
    open_folder(window, office().write(tmp_path / "second"))
    until(lambda: _texts(panel, "form.houses")[1] == "2")
    panel.choose("form.houses")
    assert any("2 / 2" in text for text in _said(panel))
    workbench.scene.layers.remove(layer)
    until(lambda: any("1 / 1" in text for text in _said(panel)))
    clear(workbench)
    until(lambda: panel.details.card is not None and "Missing" in panel.details.card.texts())


def test_a_formula_that_fails_is_told_once(window: MainWindow, folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "config" / "indicators"
    folder.mkdir(parents=True)
    text = '[pack]\nid = "own"\nname = { en = "Own", zh = "自定" }\n[[indicator]]\nid = "own.x"\n'
    text += 'name = { en = "X", zh = "某" }\nunit = "1"\nformula = "SELECT nothing FROM nowhere"\n'
    (folder / "own.toml").write_text(text, "utf-8")
    board = _panel(window).board
    assert board is not None
    board.read_packs()
    open_folder(window, folders["office"])
    window.show_panel("indicators")
    workbench = window.context.workbench
    until(lambda: "indicator.bad_formula" in [one.code for one in workbench.messages])
    open_folder(window, office().write(tmp_path / "second"))
    until(lambda: not board.computing.is_stale and not board.computing.is_running)
    assert [one.code for one in workbench.messages].count("indicator.bad_formula") == 1


def test_a_scenario_is_another_project_and_its_difference_is_told(
    window: MainWindow, folders: dict[str, Path], tmp_path: Path
) -> None:
    panel, workbench = _panel(window), window.context.workbench
    path = tmp_path / "方案二.citytwin"
    open_folder(window, folders["office"])
    open_folder(window, office().write(tmp_path / "second"))
    assert save_project(workbench, path)
    window.context.run("indicator.compare", path=str(path))
    assert [one.code for one in workbench.messages][-1] == "indicator.same_scenario"
    clear(workbench)
    open_folder(window, folders["office"])
    window.context.run("indicator.compare", path=str(path))
    panel.packs.setCurrentIndex(panel.packs.findData("city-form"))
    until(lambda: _texts(panel, "form.houses")[1] == "1" and workbench.scenario is not None, 20_000)
    panel.choose("form.houses")
    assert any(text.startswith("−1 (−50") and "against 2 in 方案二" in text for text in _said(panel))
    panel.choose(VALUE_ADDED)
    assert "方案二 has no value" in _said(panel)
    panel.choose("form.houses")
    window.context.run("indicator.compare_end")
    assert not any("方案二" in text for text in _said(panel))
    window.context.run("indicator.compare", path=str(tmp_path / "none.ifc"))
    assert [one.code for one in workbench.messages][-1] == "indicator.no_scenario"

"""Indicators computed from layers: right numbers, what they rest on, and what lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import citytwin, only_json
from tests.support.houses import write_houses
from twin_app.indicators.computed import computed_values, provenance
from twin_app.indicators.definitions import Indicator
from twin_app.indicators.registry import pack_of_id, shipped_packs
from twin_app.indicators.values import ValueRecord
from twin_app.live.values import Quality, State
from twin_app.services.project import DeclaredRecord, LayerRecord, ProjectRecord, write_project
from twin_app.usecases.querying import warehouse_over
from twin_app.warehouse.database import Warehouse

FORM = {one.id: one for one in pack_of_id(shipped_packs(), "city-form").indicators}
TOLD = (
    {"房屋编码": "A", "measuredHeight": 12.0, "storeysAboveGround": 4, "floorArea": 800.0, "footprintArea": 200.0},
    {"measuredHeight": 30.0, "storeysAboveGround": 10, "footprintArea": 200.0},
    {},
)


def _values(tmp_path: Path, told: Sequence[Mapping[str, Any]]) -> dict[str, ValueRecord]:
    with warehouse_over([write_houses(tmp_path / "a.city.json", told)]) as (warehouse, problems):
        values, findings = computed_values(FORM.values(), warehouse)
    assert not [*problems, *findings]
    return values


def test_the_numbers_are_right_and_say_on_how_many_they_rest(tmp_path: Path) -> None:
    values = _values(tmp_path, TOLD)
    site_m2 = 110.0 * 20.0
    wanted = {
        "form.houses": (3.0, 3),
        "form.floor_area": (800.0, 1),
        "form.far": ((800.0 + 2000.0) / site_m2, 2),
        "form.coverage": (100.0 * 400.0 / site_m2, 2),
        "form.density": (10_000.0 * 3 / site_m2, 3),
        "form.mean_height": ((12.0 + 30.0 + 9.0) / 3, 3),
        "form.bim_share": (0.0, 3),
        "form.coded_share": (100.0 / 3, 3),
    }
    assert set(wanted) == set(FORM)
    for key, (value, good) in wanted.items():
        assert values[key].value == pytest.approx(value, rel=1e-6), key
        assert (values[key].good, values[key].total, values[key].state) == (good, 3, State.COMPUTED)
        assert values[key].quality == (Quality.GOOD if good == 3 else Quality.UNCERTAIN)
    told = provenance(FORM["form.far"], values["form.far"], "zh_CN")
    assert told.startswith("已知建筑面积的建筑: 2 / 3; 用地按")


def test_without_inputs_it_is_missing_and_says_what_lacks(tmp_path: Path) -> None:
    values = _values(tmp_path, [{}, {}])
    for key in ("form.floor_area", "form.far", "form.coverage"):
        assert values[key].missing
        assert (values[key].good, values[key].total) == (0, 2)
        assert "0 / 2" in provenance(FORM[key], values[key], "en")
    empty, _ = _of_nothing(list(FORM.values()))
    assert all(value.missing and value.total == 0 for value in empty.values())


def _of_nothing(indicators: Sequence[Indicator]) -> tuple[dict[str, ValueRecord], list[str]]:
    warehouse = Warehouse()
    try:
        values, findings = computed_values(indicators, warehouse)
    finally:
        warehouse.close()
    return values, [finding.code for finding in findings]


def test_what_is_made_up_is_simulated(tmp_path: Path) -> None:
    values = _values(tmp_path, [*TOLD, {"dataOrigin": "合成演示数据 / synthetic demo data"}])
    assert {value.state for value in values.values() if not value.missing} == {State.SIMULATED}


@pytest.mark.parametrize(
    "formula", ["SELEC 1", "SELECT 1", "SELECT 'a', 1, 1", "SELECT 1, 1, 1 FROM range(2)", "DROP VIEW houses"]
)
def test_a_bad_formula_is_a_finding_and_the_others_stand(formula: str) -> None:
    bad = replace(FORM["form.far"], id="own.bad", formula=formula)
    values, codes = _of_nothing([bad, FORM["form.houses"]])
    assert codes == ["indicator.bad_formula"]
    assert set(values) == {"form.houses"}


def test_the_command_shows_them_for_now_and_not_for_the_past(tmp_path: Path) -> None:
    write_houses(tmp_path / "a.city.json", TOLD)
    stated = DeclaredRecord("form.floor_area", 5000.0, "", "王工", "规划", "2020-01-01T00:00:00Z")
    project = tmp_path / "城.citytwin"
    write_project(project, ProjectRecord(layers=[LayerRecord("a.city.json", "building")], declared=[stated]))
    states = {}
    for at in ((), ("--at", "2021-01-01T00:00:00Z")):
        code, out, _ = citytwin("indicators", project, "--pack", "city-form", *at, "--json")
        (printed,) = only_json(out)
        assert code == 0
        states[at] = {one["id"]: (one["state"], one["value"]) for one in printed["indicators"]}
    now, past = states.values()
    assert now["form.houses"] == ("computed", 3.0)
    assert past["form.houses"] == ("missing", None)
    assert past["form.floor_area"] == ("declared", 5000.0)

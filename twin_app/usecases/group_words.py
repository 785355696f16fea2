"""By what names and classes a discipline is told: words of file names, words of programs, classes of objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from scenes.model.disciplines import Discipline

# Looked for in this order: 机电-暖通 and "MEP - Electrical" are the second, more telling word.
_LATIN = {
    Discipline.HVAC: "hvac mech mechanical ventilation heating cooling duct ducts hva",
    Discipline.PLUMBING: "plumb plumbing sanitary piping drainage sprinkler sprinklers plb phe",
    Discipline.ELECTRICAL: "elec electric electrical electricity lighting ele eletrico elektro",
    Discipline.STRUCTURE: "struct structure structures structural steel rebar tekla str",
    Discipline.INTERIOR: "interior interiors fitout furniture furnishing int",
    Discipline.LANDSCAPE: "landscape landscaping lan",
    Discipline.CIVIL: "civil infra infrastructure road roads bridge bridges rail railway tunnel",
    Discipline.TERRAIN: "terrain dem dtm topo topography",
    Discipline.MEP: "mep tga services magicad",
    Discipline.ARCHITECTURE: "arch architecture architectural archicad arc",
}
_CHINESE = {
    Discipline.HVAC: "暖通 通风 空调 采暖 暖施",
    Discipline.PLUMBING: "给排水 给水 排水 水施 消防",
    Discipline.ELECTRICAL: "电气 电施 强电 弱电 照明",
    Discipline.STRUCTURE: "钢结构 结构 结施",
    Discipline.INTERIOR: "精装修 精装 装修 室内 家具",
    Discipline.LANDSCAPE: "景观 园林",
    Discipline.CIVIL: "市政 道路 桥梁 管网 隧道",
    Discipline.TERRAIN: "地形",
    Discipline.MEP: "机电 设备",
    Discipline.ARCHITECTURE: "建筑 建施",
}
_WORD = re.compile(r"[A-Za-z]+(?=[A-Z][a-z])|[A-Za-z]+")

_CLASSES = {
    Discipline.ELECTRICAL: (
        "Cable|Electric|Light|Lamp|Outlet|Switching|ProtectiveDevice|JunctionBox|Transformer|SolarDevice|Alarm"
        "|AudioVisual|Communications|MotorConnection"
    ),
    Discipline.HVAC: (
        "Duct|AirTerminal|AirToAir|Fan|Chiller|Boiler|Burner|Coil|Damper|Unitary|SpaceHeater|HeatExchanger|Humidifier"
        "|Compressor|Condenser|CoolingTower|Cooled|Evaporat|Filter|TubeBundle"
    ),
    Discipline.PLUMBING: ("Pipe|Sanitary|Waste|Stack|Valve|Pump|Tank|Interceptor|FireSuppression|FlowMeter|Drain"),
    Discipline.MEP: "Flow|Distribution|EnergyConversion|Controller|Sensor|Actuator",
    Discipline.CIVIL: (
        "Bridge|Road|Rail(?!ing)|Pavement|Kerb|Alignment|Bearing|Marine|Tunnel|Course|Earthworks|Civil|Facility|Track"
        "|Signal|Navigation|Referent"
    ),
    Discipline.LANDSCAPE: "Geographic",
    Discipline.STRUCTURE: (
        "Beam|Column|Member|Plate|Footing|Pile|Reinforc|Tendon|Mechanical|Fastener|Discrete|ElementAssembly|Slab"
        "|DeepFoundation|Caisson"
    ),
    Discipline.INTERIOR: "Furni|SystemFurniture",
    Discipline.ARCHITECTURE: "Wall|Door|Window|Curtain|Roof|Stair|Ramp|Railing|Covering|Shading|Chimney|Slab",
}
_PATTERNS = {one: re.compile(rf"Ifc(?:{words})") for one, words in _CLASSES.items()}
_SERVICES = (Discipline.HVAC, Discipline.PLUMBING, Discipline.ELECTRICAL, Discipline.MEP)
# No sign of a discipline: kinds of things, places, holes.
_NOT_COUNTED = re.compile(
    r"Type$|Style$|^Ifc(?:Project|Site|Building|Space|Storey|Opening|Virtual|Annotation|Grid|Zone)"
)
# What programs write where nobody named anything.
_PLACEHOLDERS = re.compile(
    r"//.*|x+(yz)?|\d+|[-_. ]*|default|undefined|unnamed|untitled|n/?a|none|my (project|building)"
    r"|(the )?(project|building|site)( ?(name|number|status|\d+))?|(nombre|nom|número|numéro) de(l| la)? .*"
    r"|projekt(name|nummer)?|geb[äa]ude(name)?|项目(名称|编号|\d+)?|建筑(名称|\d+)?|未命名|默认.*",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def named_discipline(name: str) -> tuple[Discipline | None, str]:
    """The discipline that a name speaks of, and the name without the words that say so: ``A12-建筑`` is ``A12``."""
    found: list[Discipline] = []
    rest = name
    for one, words in _CHINESE.items():
        for word in words.split():
            if word in rest:
                rest = rest.replace(word, " ")
                found.append(one)
    known = {word: one for one, words in _LATIN.items() for word in words.split()}
    for word in _WORD.findall(rest):
        one_ = known.get(word.lower())
        if one_ is not None:
            rest = re.sub(rf"(?<![A-Za-z]){word}(?![a-z])", " ", rest, count=1)
            found.append(one_)
    rest = re.sub(r"^[\W_]+|[\W_]+$", "", re.sub(r"[\s_-]{2,}", " ", rest))
    order = tuple(_LATIN)
    return (min(found, key=order.index) if found else None), rest


def discipline_of_classes(counts: Mapping[str, int]) -> Discipline | None:
    """The discipline of most objects; None where no class tells."""
    votes: dict[Discipline, int] = {}
    for name, count in counts.items():
        if _NOT_COUNTED.search(name):
            continue
        fitting = [one for one, pattern in _PATTERNS.items() if pattern.match(name)]
        if fitting:
            votes[fitting[0]] = votes.get(fitting[0], 0) + count
    services = sum(votes.get(one, 0) for one in _SERVICES)
    if services > sum(votes.values()) / 2:
        best = max(_SERVICES[:3], key=lambda one: votes.get(one, 0))
        return best if votes.get(best, 0) > services / 2 else Discipline.MEP
    votes = {one: count for one, count in votes.items() if one not in _SERVICES}
    if votes.get(Discipline.ARCHITECTURE, 0) > sum(votes.values()) / 10:
        votes.pop(Discipline.STRUCTURE, None)  # walls stand on slabs and columns; steelwork has no doors
    return max(votes, key=lambda one: votes[one]) if votes else None


def speaks(name: str | None) -> bool:
    """Whether a name was given by somebody, and not by the program that wrote the file."""
    return bool(name and name.strip() and not _PLACEHOLDERS.fullmatch(name.strip()))

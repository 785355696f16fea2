"""What `doctor` tries in child processes: each function is called there and answers with plain data."""

from __future__ import annotations

from typing import Any

BOX_TRIANGLES = 12

# A box of 2 m x 3 m x 4 m, the smallest model both engines must be able to mesh.
_BOX_IFC = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('box.ifc','2024-01-01T00:00:00',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#2=IFCUNITASSIGNMENT((#1));
#3=IFCCARTESIANPOINT((0.,0.,0.));
#4=IFCAXIS2PLACEMENT3D(#3,$,$);
#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#4,$);
#6=IFCPROJECT('0DoctorProject00000001',$,'Box',$,$,$,$,(#5),#2);
#7=IFCCARTESIANPOINT((0.,0.));
#8=IFCAXIS2PLACEMENT2D(#7,$);
#9=IFCRECTANGLEPROFILEDEF(.AREA.,$,#8,2.,3.);
#10=IFCDIRECTION((0.,0.,1.));
#11=IFCEXTRUDEDAREASOLID(#9,#4,#10,4.);
#12=IFCSHAPEREPRESENTATION(#5,'Body','SweptSolid',(#11));
#13=IFCPRODUCTDEFINITIONSHAPE($,$,(#12));
#14=IFCLOCALPLACEMENT($,#4);
#15=IFCBUILDINGELEMENTPROXY('0DoctorElement00000001',$,'Box',$,$,#14,#13,$,$);
ENDSEC;
END-ISO-10303-21;
"""


def mesh_exact(kernel: str) -> int:
    """Triangles that ifcopenshell's ``kernel`` gives for the box."""
    import ifcopenshell
    import ifcopenshell.geom

    model = ifcopenshell.file.from_string(_BOX_IFC)
    settings = ifcopenshell.geom.settings()
    shape = ifcopenshell.geom.create_shape(settings, model.by_id(15), geometry_library=kernel)
    return len(shape.geometry.faces) // 3


def mesh_fast() -> int:
    """Triangles that the fast engine gives for the box."""
    import json

    import ifclite_geom

    found = json.loads(ifclite_geom.geometry_data_json(_BOX_IFC.encode()))
    return sum(len(element["faces"]) for element in found["elements"].values())


def gdal() -> dict[str, Any]:
    """GDAL's version and drivers."""
    import rasterio
    from rasterio.env import Env

    with Env() as env:
        drivers = sorted(env.drivers())
    return {"version": rasterio.__gdal_version__, "drivers": drivers}


def proj() -> dict[str, str]:
    """PROJ's version and its name of EPSG:4547, after a point of Wuhan went there and back."""
    import pyproj

    crs = pyproj.CRS("EPSG:4547")
    there = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    east_m, north_m = there.transform(114.3, 30.6)
    longitude_deg, latitude_deg = there.transform(east_m, north_m, direction="INVERSE")
    if abs(longitude_deg - 114.3) + abs(latitude_deg - 30.6) > 1e-8:
        raise ArithmeticError(f"EPSG:4547 there and back gives {longitude_deg}, {latitude_deg}")
    return {"version": pyproj.proj_version_str, "name": crs.name}

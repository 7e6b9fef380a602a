"""A unit of another tool runs behind the same interface."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import numpy as np
import pytest

from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.twins import FmuModel, Happening, Schedule, Steps
from batchwright.twins.errors import DeclarationError, IntegrationFailed

# ruff: noqa: E501 - C and XML are kept as they are written
pytest.importorskip("fmpy", reason="FMI is an optional extra")
compiler = shutil.which("cc") or shutil.which("gcc")
needs_compiler = pytest.mark.skipif(compiler is None or sys.platform != "linux", reason="needs a C compiler on Linux")

DESCRIPTION = """<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="2.0" modelName="lag" guid="{lag}" description="First-order lag">
  <CoSimulation modelIdentifier="lag" canHandleVariableCommunicationStepSize="true"/>
  <ModelVariables>
    <ScalarVariable name="u" valueReference="0" causality="input" variability="continuous"><Real start="1"/></ScalarVariable>
    <ScalarVariable name="y" valueReference="1" causality="output" variability="continuous"><Real/></ScalarVariable>
    <ScalarVariable name="tau" valueReference="2" causality="parameter" variability="fixed">
      <Real start="2" min="0" max="100"/></ScalarVariable>
  </ModelVariables>
  <ModelStructure><Outputs><Unknown index="2"/></Outputs></ModelStructure>
</fmiModelDescription>
"""

# y' = (u - y) / tau, exact over every communication step; a negative time constant is an error.
SOURCE = """
#include <math.h>
static double v[3] = {1, 0, 2};
typedef unsigned int R; typedef void* C; typedef const char* S; typedef int B; typedef double D;
C fmi2Instantiate(S a, int b, S c, S d, const void* e, B f, B g) { v[0]=1; v[1]=0; v[2]=2; return (C)v; }
void fmi2FreeInstance(C c) {}
const char* fmi2GetTypesPlatform(void) { return "default"; }
const char* fmi2GetVersion(void) { return "2.0"; }
int fmi2SetDebugLogging(C c, B b, unsigned long n, S* s) { return 0; }
int fmi2SetupExperiment(C c, B b, D t, D s, B g, D e) { return 0; }
int fmi2EnterInitializationMode(C c) { return 0; }
int fmi2ExitInitializationMode(C c) { return 0; }
int fmi2Terminate(C c) { return 0; }
int fmi2Reset(C c) { return 0; }
int fmi2GetReal(C c, const R* r, unsigned long n, D* x) { for (unsigned long i=0;i<n;i++) x[i]=v[r[i]]; return 0; }
int fmi2SetReal(C c, const R* r, unsigned long n, const D* x) { for (unsigned long i=0;i<n;i++) v[r[i]]=x[i]; return 0; }
int fmi2GetInteger(C c, const R* r, unsigned long n, int* x) { return 3; }
int fmi2SetInteger(C c, const R* r, unsigned long n, const int* x) { return 3; }
int fmi2GetBoolean(C c, const R* r, unsigned long n, int* x) { return 3; }
int fmi2SetBoolean(C c, const R* r, unsigned long n, const int* x) { return 3; }
int fmi2GetString(C c, const R* r, unsigned long n, S* x) { return 3; }
int fmi2SetString(C c, const R* r, unsigned long n, const S* x) { return 3; }
int fmi2GetFMUstate(C c, C* s) { return 3; } int fmi2SetFMUstate(C c, C s) { return 3; }
int fmi2FreeFMUstate(C c, C* s) { return 3; } int fmi2SerializedFMUstateSize(C c, C s, unsigned long* n) { return 3; }
int fmi2SerializeFMUstate(C c, C s, char* b, unsigned long n) { return 3; }
int fmi2DeSerializeFMUstate(C c, const char* b, unsigned long n, C* s) { return 3; }
int fmi2GetDirectionalDerivative(C c, const R* a, unsigned long n, const R* b, unsigned long m, const D* d, D* e) { return 3; }
int fmi2SetRealInputDerivatives(C c, const R* r, unsigned long n, const int* o, const D* x) { return 3; }
int fmi2GetRealOutputDerivatives(C c, const R* r, unsigned long n, const int* o, D* x) { return 3; }
int fmi2DoStep(C c, D t, D h, B b) { if (v[2] <= 0) return 3; v[1] = v[0] + (v[1]-v[0])*exp(-h/v[2]); return 0; }
int fmi2CancelStep(C c) { return 3; }
int fmi2GetStatus(C c, int k, int* s) { return 3; } int fmi2GetRealStatus(C c, int k, D* s) { return 3; }
int fmi2GetIntegerStatus(C c, int k, int* s) { return 3; } int fmi2GetBooleanStatus(C c, int k, int* s) { return 3; }
int fmi2GetStringStatus(C c, int k, S* s) { return 3; }
"""


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A functional mock-up unit, compiled here."""
    folder = tmp_path_factory.mktemp("fmu")
    (folder / "lag.c").write_text(SOURCE)
    subprocess.run(
        [str(compiler), "-shared", "-fPIC", "-w", "-o", str(folder / "lag.so"), str(folder / "lag.c"), "-lm"],
        check=True,
    )
    path = folder / "lag.fmu"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("modelDescription.xml", DESCRIPTION)
        archive.write(folder / "lag.so", "binaries/linux64/lag.so")
    return path


@needs_compiler
@pytest.mark.skipif("x86_64" not in sysconfig.get_platform(), reason="the unit is packed for linux64")
def test_a_unit_runs_over_a_schedule(unit: Path) -> None:
    model = FmuModel(unit)
    assert (model.name, model.title) == ("lag", "First-order lag")
    run = model.simulate(Schedule(8.0, every=0.1), parameters={"tau": 3.0})
    assert run["y"] == pytest.approx(1 - np.exp(-run.times / 3.0), abs=1e-9)
    stepped = model.simulate(Schedule(8.0, every=0.1, inputs={"u": Steps([0.0, 4.0], [1.0, 0.0])}))
    assert stepped.last("y") == pytest.approx((1 - np.exp(-2.0)) * np.exp(-2.0), rel=0.06)


@needs_compiler
def test_what_a_unit_does_not_have_is_refused(unit: Path) -> None:
    model = FmuModel(unit)
    with pytest.raises(DeclarationError, match="no happenings"):
        model.simulate(Schedule(1.0, happenings=(Happening("x", 0.5),)))
    with pytest.raises(DeclarationError, match="no such name"):
        model.simulate(Schedule(1.0, inputs={"nothing": 1.0}))
    with pytest.raises(DeclarationError, match="no such name"):
        model.simulate(Schedule(1.0), parameters={"nothing": 1.0})


@needs_compiler
def test_a_unit_that_fails_is_reported(unit: Path) -> None:
    with pytest.raises(IntegrationFailed, match="The FMU failed"):
        FmuModel(unit).simulate(Schedule(1.0), parameters={"tau": -1.0})


def test_a_file_that_is_no_unit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.fmu").write_text("nothing")
    with pytest.raises(BadInput):
        FmuModel(tmp_path / "no.fmu")
    with zipfile.ZipFile(tmp_path / "bad.fmu", "w") as archive:
        archive.writestr("modelDescription.xml", DESCRIPTION.replace('valueReference="1"', 'valueReference="x"'))
    with pytest.raises(BadInput):
        FmuModel(tmp_path / "bad.fmu")


def test_without_fmpy_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "fmpy", None)
    with pytest.raises(Unavailable, match="extra"):
        FmuModel(tmp_path / "any.fmu")

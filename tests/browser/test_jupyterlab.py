"""The stage in a real JupyterLab: a cell is run, and the stage plays in its output, in the lab's theme."""

import importlib.util
import json
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from browsing import ROOT, STAGE
from playwright.sync_api import expect

from benchmarks.serving import free_ports
from deploy.run import stop, wait_until_healthy
from rnnviz.engine import Architecture, backward, forward, initialise

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CURE = (
    "no JupyterLab here: pip install -r requirements-notebook.txt, or set RNNVIZ_NOTEBOOK to a Python that has it and "
    "what rnnviz needs"
)
CELL = """import numpy as np, rnnviz
from rnnviz.engine import Architecture, initialise
draw = np.random.default_rng(5)
X, Y = draw.normal(size=(3, 2, 2)), draw.normal(size=(3, 2, 1))
rnnviz.show(initialise(Architecture(2, 3, 1), seed=4), X, Y, sample=-1)"""


@pytest.fixture(scope="module")
def python():
    """Return a Python that has JupyterLab; where it is named it has to be there."""
    named = os.environ.get("RNNVIZ_NOTEBOOK")
    if named is None and importlib.util.find_spec("jupyterlab") is None:
        pytest.skip(CURE)
    return named or sys.executable


@pytest.fixture
def lab(python, tmp_path):
    """Return the address of a notebook of one cell in a dark JupyterLab, which has no settings but this test's."""
    (tmp_path / "work").mkdir()
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)], metadata={"kernelspec": kernel})
    nbformat.write(book, tmp_path / "work/show.ipynb")
    settings = tmp_path / "settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": "JupyterLab Dark"}))
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    (port,) = free_ports()
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(tmp_path / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", f"--port={port}", "--port-retries=0"]
    options += [f"--ServerApp.root_dir={tmp_path / 'work'}"]
    with (tmp_path / "log").open("w") as out:
        process = subprocess.Popen(
            [python, "-m", "jupyterlab", *options],
            env=os.environ | own | {"PYTHONPATH": str(ROOT)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", process, page="api/status")
        yield f"http://127.0.0.1:{port}/lab/tree/show.ipynb"
    finally:
        stop([process], patience=30)


def test_a_cell_of_jupyterlab_shows_the_stage_with_the_engine_s_gradient(lab, browser):
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(lab)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)  # what is run before is lost
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").click()
    page.keyboard.press("Control+Enter")
    stage = page.locator(f".jp-OutputArea {STAGE}")
    expect(stage).to_have_attribute("data-frame-id", "start", timeout=60_000)
    assert page.locator(".rnnviz-widget").evaluate("one => getComputedStyle(one).colorScheme") == "dark"
    stage.focus()
    page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-frame-id", "forward-0")
    page.keyboard.press("End")
    expect(stage).to_have_attribute("data-frame-id", "update")
    expect(page.locator(".jp-CodeCell")).to_have_count(1)
    stage.get_by_role("button", name="Previous").click()
    expect(stage).to_have_attribute("data-frame-id", "sum")
    architecture = Architecture(2, 3, 1, output_activation="identity", loss="squared_error")
    draw = np.random.default_rng(5)
    parameters, X, Y = initialise(architecture, seed=4), draw.normal(size=(3, 2, 2)), draw.normal(size=(3, 2, 1))
    gradient = backward(architecture, parameters, forward(architecture, parameters, X), Y).gradients.Wh1
    shown = stage.locator(".factors > *").last.locator("td:not(.gap)").all_text_contents()
    assert [float(one.replace("−", "-")) for one in shown] == pytest.approx(gradient.ravel(), rel=5e-3, abs=5e-6)
    assert "/lab/tree/show.ipynb" in page.url
    assert complaints == []
    context.close()

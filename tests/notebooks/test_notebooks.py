"""Every notebook runs top to bottom, as a student would run it, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_TIMEOUT_S = 300
FIGURE = "application/vnd.plotly.v1+json"
FINDINGS: dict[str, dict[str, object]] = {
    "01_from_sound_to_help": {
        "call.customer.name": "Sarah Johnson",
        "sorted({e.value for e in call.entities if e.kind == 'order'})": ["78901"],
        "any('FedEx' in card.message for card in call.suggestions.values())": True,
        "len({h.text for h in hypotheses if not h.final}) > len(finals)": True,
        "error_rate < 0.5": True,
        "'is in use by another process' in second.stderr": True,
        "len(arrived) > 0 and live == stored and live.wrap_up is not None": True,
        "live.customer.name": "Sarah Johnson",
        "settings.database_url == Settings().database_url": False,
        "engine.worker_pids": [],
    }
}
"""What must be true in each notebook's kernel when its last cell has run."""
FIGURES = {"01_from_sound_to_help": ["level-plot", "waveform-customer", "waveform-agent", "timeline", "latency-figure"]}

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the notebook puts temporary files; Jupyter's and IPython's own go beside it."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(folder))
    return folder


def execute(notebook: NotebookNode, start_in: Path) -> None:
    """Run every cell in a kernel of this very interpreter, whatever kernels the machine has installed."""
    kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    resources = {"metadata": {"path": str(start_in)}}
    client = NotebookClient(notebook, km=kernel, timeout=CELL_TIMEOUT_S, resources=resources)
    client.execute(cleanup_kc=True)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
@every_notebook
def test_runs_top_to_bottom(path: Path, temporary: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    findings = FINDINGS[path.stem]
    probe = f"import json\nprint(json.dumps({{{', '.join(f'{text!r}: {text}' for text in findings)}}}))"
    notebook.cells.append(nbformat.v4.new_code_cell(probe, id="probe"))

    execute(notebook, start_in=path.parent)

    cells = {cell.id: cell.outputs for cell in code_cells(notebook)}
    assert json.loads(cells.pop("probe")[0].text) == findings
    complaints = {name: out.text for name, outputs in cells.items() for out in outputs if out.get("name") == "stderr"}
    assert complaints == {}
    drawn = [name for name, outputs in cells.items() if any(FIGURE in output.get("data", {}) for output in outputs)]
    assert drawn == FIGURES[path.stem]
    assert list(temporary.iterdir()) == []


@every_notebook
@pytest.mark.parametrize("start_in", [ROOT, ROOT / "notebooks", ROOT / "tests" / "notebooks"], ids=lambda p: p.name)
def test_finds_the_project_from(start_in: Path, path: Path) -> None:
    first_cell = code_cells(nbformat.read(path, as_version=4))[0].source
    script = f"{first_cell}\nfrom core.config import ROOT as project\nprint(project == ROOT)"
    done = subprocess.run([sys.executable, "-P", "-c", script], cwd=start_in, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("True", "")


@every_notebook
def test_is_committed_without_outputs(path: Path) -> None:
    """Outputs would be stale, large (a figure carries its data), and different after every run."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in code_cells(notebook) if cell.outputs or cell.execution_count is not None] == []

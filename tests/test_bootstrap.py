from pathlib import Path

from threadpoolctl import threadpool_info, threadpool_limits

from core.bootstrap import build
from core.config import Settings


def test_matrices_take_one_thread(tmp_path: Path) -> None:
    threadpool_limits(2, user_api="blas")
    build(Settings(database_url=f"duckdb:///{tmp_path / 'sidetone.duckdb'}")).close()
    assert [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"] == [1]

"""Browser modules, served as the files they are."""

from pathlib import PurePosixPath

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

SERVED = {".js", ".css", ".svg"}


class BrowserModules(StaticFiles):
    """Serves scripts, styles and icons of a folder, and nothing else in it.

    Browsers ask again each time, so that after an upgrade no page mixes modules of two versions.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        if PurePosixPath(path).suffix not in SERVED:
            raise HTTPException(status_code=404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response

"""Reading the YAML files people edit: rules, forms, rosters. What is wrong with one is said in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from core.errors import RulesError

Written = TypeVar("Written", bound=BaseModel)
_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads ten times as fast; it may be missing where PyYAML was built without its library."""
Explain = Callable[[ValidationError, Any], str]
"""Says where the first mistake is and what it is, given what the file holds."""


def explained(error: ValidationError, raw: Any = None) -> str:
    """The first mistake, under the path to its field."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}{': ' if where else ''}{first['msg']}"


def read_yaml(path: Path) -> Any:
    """What a YAML file holds. Raises RulesError when it cannot be read or is none."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except OSError as error:
        raise RulesError(f"{path} cannot be read ({error.strerror}); check the path") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulesError(f"{path.name} is not YAML; correct it: {' '.join(str(error).split())}") from error


def read_edited(path: Path, model: type[Written], *, explain: Explain = explained, empty: Any = None) -> Written:
    """What a file holds, checked; `empty` stands for a file without content. Raises RulesError naming the field."""
    raw = read_yaml(path) or empty
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise RulesError(f"{path.name}: {explain(error, raw)}") from error

"""settings.toml: read, each value checked, and written for the first time with all that can be set."""

import difflib
import json
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.errors import SettingsError
from edge.names import printable
from edge.settings import SETTINGS, Settings
from edge.whole_file import save_new

SETTINGS_FILE = Path(__file__).resolve().parents[1] / "settings.toml"
"""Where settings are looked for without --settings."""
MAX_BYTES = 2**20
"""Of the file: hundreds of times what it needs."""
SHOWN = 60
"""So much of a wrong value is shown, characters."""
NEAR = {**{name: name for name in SETTINGS}, "roi": "regions"}
"""What may be meant: the settings, and an option of the command line that has another name."""
HEAD = """\
# Settings of the Edge Digit Reader. Take the # away from the last line of what you want to change.
# The command line goes before this file. Texts stand in quotes, decimals have a point; paths start in this folder.
"""


def load_settings(path: Path | None, default: Path = SETTINGS_FILE) -> Settings:
    """The settings of a file; those that it does not name have their defaults. Its paths start in its folder.

    Args:
        path: the file that was named; None: the default one, which need not be there.
        default: where that one is looked for.

    Raises:
        SettingsError: it cannot be read, or something in it is not allowed.
    """
    file = path or default
    try:
        content = read_toml(read_text(file), file)
    except FileNotFoundError as error:
        if path is None:
            return Settings()
        raise SettingsError(f"no settings file {file}. Write one: --write-settings --settings {file}") from error
    for name in content:
        check_name(name, file)
    values = {name: check_value(name, value, file) for name, value in content.items()}
    settings = Settings(**{name: _anchor(name, value, file.parent) for name, value in values.items()})
    if settings.json == "-" and settings.show == "text":
        raise SettingsError(f'{file}: json = "-" leaves no room on stdout for show = "text". Remove one of them.')
    return settings


def read_text(file: Path) -> str:
    """What is in the file.

    Raises:
        FileNotFoundError: there is none.
        SettingsError: it cannot be read, or is no text.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise SettingsError(f"{file} has over {MAX_BYTES // 1024} KiB: it is no settings file.")
        return content.decode("utf-8-sig")  # an editor on Windows may have set a mark in front
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SettingsError(f"{file} cannot be read ({error.strerror}). Mend that, or name another file.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} cannot be read ({error}). Save it as UTF-8.") from error


def read_toml(text: str, file: Path) -> dict[str, Any]:
    """Keys and values.

    Raises:
        SettingsError: it is no TOML; says in which line.
    """
    try:
        return tomllib.loads(text)
    except ValueError as error:  # a number of thousands of digits is one, too
        raise SettingsError(
            f"{file} is no TOML: {error}. Texts stand in quotes, decimals have a point, each key stands there once."
        ) from error
    except RecursionError as error:
        raise SettingsError(f"{file} is no TOML that ends: it is nested too deep.") from error


def check_name(name: str, file: Path) -> None:
    """Look whether there is such a setting.

    Raises:
        SettingsError: there is none; names the near one.
    """
    if name not in SETTINGS:
        near = difflib.get_close_matches(name.lower().replace("-", "_"), NEAR, n=1, cutoff=0.5)
        hint = f"did you mean {NEAR[near[0]]}?" if near else f"there are {', '.join(SETTINGS)}."
        raise SettingsError(f"{file}: {_shorten(printable(name))} is no setting; {hint}")


def check_value(name: str, value: object, file: Path) -> Any:
    """The value of a setting, from the one that the file has.

    Raises:
        SettingsError: it is not allowed; names it, and what is.
    """
    setting = SETTINGS[name]
    try:
        return setting.check(value)
    except ValueError as error:
        unit = f" ({setting.unit})" if setting.unit else ""
        raise SettingsError(
            f"{file}: {name} is {_show(value)}, allowed: {setting.allowed}{unit}. "
            f"Change it, or remove it: then it is {setting.default}."
        ) from error


def write_settings(path: Path | None) -> Path:
    """Write a file that has all settings, explained, and changes none; returns where.

    Raises:
        SettingsError: there is one.
        OSError: it cannot be written.
    """
    file = path or SETTINGS_FILE
    try:
        save_new(file, render().encode())
    except FileExistsError as error:
        raise SettingsError(
            f"{file} is there and stays as it is. For a fresh one to compare: --write-settings --settings fresh.toml"
        ) from error
    return file


def render() -> str:
    """The file with all settings, none of them changed."""
    return HEAD + "".join("\n" + "\n".join(_explain(name)) + "\n" for name in SETTINGS)


def to_toml(value: object) -> str:
    """A value as the file has it, in one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {to_toml(one)}" for key, one in value.items()) + " }"
        case list():
            return f"[{', '.join(map(to_toml, value))}]"
        case bool():
            return str(value).lower()
        case str():  # of JSON's texts TOML refuses one sign
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return repr(value)


def _explain(name: str) -> Iterator[str]:
    setting = SETTINGS[name]
    unit = f"Unit: {setting.unit}. " if setting.unit else ""
    for words in (f"{name}: {setting.meaning}.", f"{unit}Allowed: {setting.allowed}. Default: {setting.default}."):
        yield from textwrap.wrap(words, 118, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)
    yield f"# {name} = {to_toml(setting.example)}"


def _anchor(name: str, value: Any, folder: Path) -> Any:
    """The same path, seen from where the program was started."""
    if name == "model":
        return folder / value
    is_path = name == "json" and value != "-"
    is_path |= name == "source" and value != "pi" and not value.isdecimal() and "://" not in value
    return str(folder / value) if is_path else value


def _show(value: object) -> str:
    try:
        return _shorten(printable(repr(value)))
    except ValueError:  # a hexadecimal number too long to be said in decimals
        return "a number of thousands of digits"
    except RecursionError:
        return "nested too deep"


def _shorten(words: str) -> str:
    return words if len(words) <= SHOWN else f"{words[:SHOWN]}…"

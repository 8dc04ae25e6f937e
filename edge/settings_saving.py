"""Changes single settings in settings.toml; comments, order and all else in it stay.

By tomlkit, which keeps them. It takes 40 ms to load: only what saves settings imports this, reading them does not.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from edge.errors import SettingsError
from edge.settings_file import check_name, check_value, read_text, read_toml, render, to_toml
from edge.whole_file import rewrite


def save_settings(file: Path, changes: Mapping[str, Any]) -> None:
    """Change settings in the file, or in a fresh one where there is none. A kill leaves the old file or the new one.

    Args:
        file: settings.toml.
        changes: new values by name, as the file has them; None takes the setting out.

    Raises:
        SettingsError: a value is not allowed, or the file cannot be read; it stays as it was.
        OSError: it cannot be written; it stays as it was.
    """
    for name, value in changes.items():
        check_name(name, file)
        if value is not None:
            check_value(name, value, file)
    try:
        text = read_text(file)
    except FileNotFoundError:
        text = render()
    for name, value in changes.items():
        text = change(text, name, value, file)
    rewrite(file.resolve(), text.encode())  # what a link points to is changed, the link stays


def change(text: str, name: str, value: object, file: Path) -> str:
    """The file's text with another value of one setting; None: without it.

    Raises:
        SettingsError: it is no TOML, or written so that it cannot be changed.
    """
    former = read_toml(text, file)
    wanted = {key: one for key, one in former.items() if key != name}
    if value is not None:
        wanted[name] = value
    if former == wanted:
        return text
    for way in (_uncomment, _set):
        changed = way(text, name, value)
        if read_toml(changed, file) == wanted:
            return changed
    raise SettingsError(f"{file}: {name} cannot be changed there. Write by hand: {name} = {to_toml(value)}")


def _uncomment(text: str, name: str, value: object) -> str:
    """By the line that a fresh file has for it: the value then stands under its explanation."""
    line = rf"^# ?{name} = .*?(?=\r?$)"  # the line ends of Windows stay, too
    return re.sub(line, lambda _: f"{name} = {to_toml(value)}", text, count=1, flags=re.MULTILINE)


def _set(text: str, name: str, value: object) -> str:
    """As tomlkit does: in its place, or below the other settings."""
    try:
        document = tomlkit.parse(text)
        if value is None or isinstance(document.get(name), tomlkit.items.AoT):  # [[regions]] become one line
            document.pop(name)
        if value is not None:
            document[name] = tomlkit.value(to_toml(value))
        return tomlkit.dumps(document)
    except TOMLKitError:
        return text

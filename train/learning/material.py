"""The world of paper that a training has: fetched, and told; what ships wants all of it."""

from edge.errors import SetupError
from train.pages.material import fetch_material, missing
from train.pages.world import Part, World, open_world


def open_material(*, fetch: bool, whole: bool) -> World:
    """The known world of paper, and a line that says what it has.

    Args:
        fetch: what is not here yet.
        whole: nothing may be missing, in no part: what ships can be trained and judged again.

    Raises:
        SetupError: something is missing and may not be.
    """
    if fetch:
        fetch_material()
    lacking = missing()
    if whole and lacking:
        some = ", ".join(lacking[:3]) + (", ..." if len(lacking) > 3 else "")
        raise SetupError(
            f"what ships is trained on the whole world, and {len(lacking)} families are missing ({some}). "
            "`python -m train.pages.material` says why."
        )
    world = open_world(Part.KNOWN)
    print(world.describe(), flush=True)
    return world

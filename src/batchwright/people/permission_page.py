"""The printed table of roles and actions: `docs/reference/permissions.md` is made from the one table that decides."""

from batchwright.people.permissions import ACTIONS, MACHINES, ROLES


def page() -> str:
    """Write the page.

    Returns:
        Markdown, ending in a line end.
    """
    lines = [
        "# Who may do what",
        "",
        "<!-- Made by `batchwright user roles --markdown`; a test fails when it is out of date. -->",
        "",
        "What is not marked here is refused: an action or a role that is not named is denied. A plant starts with this",
        "table; its own grants, which are entries of the record, decide from then on (`people/permissions.py`).",
        "",
        "## Roles",
        "",
        "| role | code | for | part in manufacture | reads only | ends |",
        "|---|---|---|---|---|---|",
    ]
    for role in ROLES:
        whom = " and ".join(["the plant's people"] * role.staff + ["sponsors' people"] * role.sponsors)
        marks = [_yes(role.gmp), _yes(role.read_only), "always dated" if role.expires else ""]
        lines.append(f"| {role.name}: {role.description} | `{role.code}` | {whom} | " + " | ".join(marks) + " |")
    lines += [
        "",
        "Nobody holds a role with and a role without part in manufacture at the same time, nor one that only reads",
        "and one that changes records. Nobody assigns or withdraws own roles, verifies or approves own work, or",
        "changes what the own role may do.",
        "",
        "## Actions",
        "",
        "| action | " + " | ".join(str(role.name) for role in ROLES) + " |",
        "|---|" + "---|" * len(ROLES),
    ]
    for action in ACTIONS:
        held = " | ".join("x" if role.code in action.roles else "" for role in ROLES)
        lines.append(f"| {action.description} `{action.code}` | {held} |")
    lines += ["", "## Processes", "", "No person can take these, and none of them signs.", ""]
    for name, actions in MACHINES.items():
        lines.append(f"- `{name}`: " + ", ".join(f"`{code}`" for code in sorted(actions)))
    return "\n".join(lines) + "\n"


def _yes(value: bool) -> str:
    return "yes" if value else ""

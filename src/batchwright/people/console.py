"""Who acts at a terminal on the plant's machine."""

import getpass

from batchwright import record


def console_actor() -> record.Actor:
    """Whoever has a shell on the plant's machine acts as the console, under the name of that account.

    Returns:
        The actor; the table of roles says what the console may do.
    """
    account = getpass.getuser()
    return record.Actor(id=f"console:{account}", name=f"Console ({account})", role="console")

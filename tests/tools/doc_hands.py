"""The reader's hands: what a page tells the reader to do in a browser is done here, on the same pages, in the tests.

A page of the documentation calls this in a ``python`` block inside a comment, which its readers do not see.
"""

import html
import re
import time
from typing import Any

from django.test import Client
from django.urls import reverse

from batchwright.people import demo
from batchwright.people.models import User

STOP_POLLING = 286
PASSWORDS = {one.username: one.password for one in demo.PEOPLE}


def shown(page: str, kind: str) -> str:
    """What the only block of a kind on a page shows, which its reader saves in a file.

    Args:
        page: Text of the page.
        kind: Such as ``yaml``.

    Returns:
        The text.
    """
    (found,) = re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)
    return str(found)


def exported(page: str) -> dict[str, str]:
    """Variables of the environment that the ``sh`` blocks of a page set in quotation marks.

    Args:
        page: Text of the page.

    Returns:
        Name and value.
    """
    return dict(re.findall(r"^export (\w+)='(.*?)'$", page, re.DOTALL | re.MULTILINE))


class Browser:
    """Somebody who is signed in.

    Args:
        username: One of the demo's people.
    """

    def __init__(self, username: str) -> None:
        self.username = username
        self.client = Client()
        given = {"login": username, "password": PASSWORDS[username]}
        assert self.client.post(reverse("account_login"), given).status_code == 302
        if not User.objects.get(username=username).statement_version:
            self.send("people:statement")

    def send(self, page: str, *names: Any, **values: str) -> None:
        """Fill in a form and send it.

        Args:
            page: Name of the page.
            *names: What its address holds.
            **values: What is filled in.
        """
        answer = self.client.post(reverse(page, args=names), values)
        assert answer.status_code == 302, answer.content.decode()

    def sign(self, page: str, *names: Any) -> None:
        """Read what is shown and sign it with user id and password.

        Args:
            page: Name of the page.
            *names: What its address holds.
        """
        address = reverse(page, args=names)
        shown = self.client.get(address)
        assert shown.status_code == 200, shown.content.decode()
        given = {"username": self.username, "method": "password", "password": PASSWORDS[self.username]}
        (statement,) = set(_hidden(shown, "statement"))
        answer = self.client.post(address, {**given, "statement": statement, "idempotency_key": statement[:32]})
        assert answer.status_code == 302, answer.content.decode()

    def verify_record(self) -> None:
        """Have the whole record checked, and wait for its end."""
        address = self.client.post(reverse("record_verify")).headers["Location"]
        for _try in range(3000):
            if self.client.get(f"{address}progress").status_code == STOP_POLLING:
                return
            time.sleep(0.1)
        raise AssertionError("the check of the record did not come to its end")

    def judge_all(self, batch: str, text: str) -> int:
        """Write the same judgement under everything that asks for one.

        Args:
            batch: Number of the batch.
            text: The judgement.

        Returns:
            How many there were.
        """
        keys = _hidden(self.client.get(reverse("execution:review", args=[batch])), "key")
        for key in keys:
            self.send("execution:judge", batch, key=key, text=text)
        return len(keys)


def _hidden(page: Any, name: str) -> list[str]:
    """What a form of a page sends back without showing it."""
    return [html.unescape(one) for one in re.findall(rf'name="{name}" value="([^"]*)"', page.content.decode())]

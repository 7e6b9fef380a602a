"""What a witness outside the plant asks for, without a log-in.

A tree head tells nothing but a size, and a cosignature proves itself.
"""

import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from batchwright.kernel.errors import DomainError
from batchwright.record import queries, services, verifier

LONGEST = 4096
"""Bytes of a cosignature that are read."""


@login_not_required
@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Give the latest signed tree head; without cosignatures, since their names would tell who the sponsors are.

    Args:
        request: The request.

    Returns:
        The signed note as text; 404 before the first one.
    """
    head = queries.latest_checkpoint()
    if head is None:
        return HttpResponse("There is no checkpoint yet.\n", status=404, content_type="text/plain; charset=utf-8")
    return HttpResponse(head.note, content_type="text/plain; charset=utf-8")


@login_not_required
@require_GET
def consistency(request: HttpRequest) -> JsonResponse:
    """Prove that a later tree head continues an earlier one.

    Args:
        request: With ``old`` and ``new``, the two sizes.

    Returns:
        The proof's hashes.
    """
    newest = queries.latest_checkpoint()
    limit = 0 if newest is None else newest.tree_size
    try:
        old, new = int(request.GET.get("old", "")), int(request.GET.get("new", ""))
        proof = queries.consistency_proof(old, min(new, limit))
    except (ValueError, verifier.Broken):
        return JsonResponse({"error": f"old and new are sizes of signed trees, 1 <= old <= new <= {limit}"}, status=400)
    return JsonResponse({"old": old, "new": min(new, limit), "hashes": [part.hex() for part in proof]})


@login_not_required
@csrf_exempt
@require_POST
def cosignatures(request: HttpRequest) -> JsonResponse:
    """Take a registered witness's signature on a checkpoint.

    Args:
        request: JSON with ``tree_size`` and ``line``.

    Returns:
        Who cosigned which size; 400 with the reason where it is refused.
    """
    try:
        sent = json.loads(request.read(LONGEST))
        size, line = int(sent["tree_size"]), str(sent["line"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return JsonResponse({"error": 'send {"tree_size": 12, "line": "..."}'}, status=400)
    try:
        made = services.add_cosignature(size, line)
    except DomainError as refused:
        return JsonResponse({"error": str(refused)}, status=400)
    return JsonResponse({"witness": made.witness, "tree_size": made.checkpoint_id})

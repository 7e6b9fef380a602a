"""Addresses of the record explorer, below `record/`."""

from django.urls import path

from batchwright.record.web import checking, exploring, witnessing

urlpatterns = [
    path("", exploring.entries, name="record_entries"),
    path("<int:seq>/", exploring.entry, name="record_entry"),
    path("<int:seq>/bytes", exploring.entry_bytes, name="record_entry_bytes"),
    path("<int:seq>/files/<str:sha256>", exploring.attachment, name="record_attachment"),
    path("of/<path:subject>/export", exploring.export, name="record_export"),
    path("of/<path:subject>/", exploring.subject, name="record_subject"),
    path("checkpoints/", checking.checkpoints, name="record_checkpoints"),
    path("checkpoints/<int:tree_size>/", checking.checkpoint, name="record_checkpoint"),
    path("checkpoints/<int:tree_size>/note", checking.checkpoint_note, name="record_checkpoint_note"),
    path("log/checkpoint", witnessing.checkpoint, name="record_log_checkpoint"),
    path("log/consistency", witnessing.consistency, name="record_log_consistency"),
    path("log/cosignatures", witnessing.cosignatures, name="record_log_cosignatures"),
    path("verify/", checking.runs_page, name="record_verify"),
    path("verify/<uuid:run_id>/", checking.run, name="record_run"),
    path("verify/<uuid:run_id>/progress", checking.run_progress, name="record_run_progress"),
    path("verify/<uuid:run_id>/cancel", checking.run_cancel, name="record_run_cancel"),
]

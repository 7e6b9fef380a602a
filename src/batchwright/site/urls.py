"""Every address of the plant begins here; each capability brings its own below one prefix."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import include, path

from batchwright.site.api import api
from batchwright.site.web import forecasting, gallery, keeping, pages


@login_not_required
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Say that this process answers; what stands behind it is the business of ``batchwright check``.

    Args:
        request: The request.

    Returns:
        ``{"status": "answering"}``.
    """
    return JsonResponse({"status": "answering"})


urlpatterns = [
    path("", pages.home, name="home"),
    path("now/rows", pages.now_rows, name="now_rows"),
    path("now/day", pages.now_day, name="now_day"),
    path("tour", pages.tour, name="tour"),
    path("find", pages.find, name="find"),
    path("theme", pages.theme, name="theme"),
    path("parts/", gallery.parts, name="parts"),
    path("health", health, name="health"),
    path("metrics", keeping.prometheus, name="metrics"),
    path("site/health", keeping.health, name="site_health"),
    path("api/", api.urls),
    path("record/", include("batchwright.record.web.urls")),
    path("plant/", include("batchwright.plant.web.urls")),
    path("materials/", include("batchwright.materials.web.urls")),
    path("recipes/", include("batchwright.recipes.web.urls")),
    path("batches/<str:number>/forecast/", forecasting.ForecastView.as_view(), name="batch_forecast"),
    path("batches/<str:number>/forecast/said", forecasting.said, name="batch_forecast_said"),
    path("batches/<str:number>/forecast/short", forecasting.in_short, name="batch_forecast_short"),
    path("batches/<str:number>/forecast/table.csv", forecasting.table, name="batch_forecast_table"),
    path("batches/", include("batchwright.execution.web.urls")),
    path("", include("batchwright.people.web.urls")),
]

handler400 = "batchwright.site.web.errors.refused_as_bad"
handler403 = "batchwright.site.web.errors.forbidden"
handler404 = "batchwright.site.web.errors.not_found"
handler500 = "batchwright.site.web.errors.failed"

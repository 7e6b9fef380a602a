"""Addresses of the pages of materials."""

from django.urls import path

from batchwright.materials.web import containers, deciding, lots, terms

app_name = "materials"
urlpatterns = [
    path("", lots.LotsView.as_view(), name="lots"),
    path("receive/", lots.ReceiveView.as_view(), name="receive"),
    path("allocate/", containers.AllocateView.as_view(), name="allocate"),
    path("stock/", containers.StockView.as_view(), name="stock"),
    path("lots/<str:identifier>/", lots.LotView.as_view(), name="lot"),
    path("lots/<str:identifier>/genealogy/", lots.GenealogyView.as_view(), name="genealogy"),
    path("lots/<str:identifier>/recall/", lots.RecallView.as_view(), name="recall"),
    path("lots/<str:identifier>/recall.<str:form>", lots.recall_export, name="recall-export"),
    path("lots/<str:identifier>/labels.<str:form>", lots.labels, name="labels"),
    path("lots/<str:identifier>/hold/", deciding.HoldView.as_view(), name="hold"),
    path("lots/<str:identifier>/retest/", deciding.RetestView.as_view(), name="retest"),
    path("lots/<str:identifier>/decide/<str:meaning>/", deciding.DecideView.as_view(), name="decide"),
    path("containers/<str:identifier>/", containers.ContainerView.as_view(), name="container"),
    path("containers/<str:identifier>/<str:act>/", containers.ActView.as_view(), name="container-act"),
    path("definitions/", terms.DefinitionsView.as_view(), name="definitions"),
    path("definitions/define/", terms.DefineView.as_view(), name="define"),
    path("definitions/<str:code>/", terms.DefinitionView.as_view(), name="definition"),
    path("suppliers/", terms.SuppliersView.as_view(), name="suppliers"),
    path("suppliers/register/", terms.RegisterView.as_view(), name="register-supplier"),
    path("suppliers/<str:code>/decide/", terms.DecideSupplierView.as_view(), name="decide-supplier"),
    path("locations/define/", terms.DefineLocationView.as_view(), name="define-location"),
]

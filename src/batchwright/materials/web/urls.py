"""Addresses of the pages of materials."""

from django.urls import path

from batchwright.materials.web import containers, converting, deciding, lots, making, terms

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
    path("lots/<str:identifier>/certify/", making.CertifyView.as_view(), name="certify"),
    path("lots/<str:identifier>/fill/", making.FillView.as_view(), name="fill"),
    path("lots/<str:identifier>/count/", making.CountInView.as_view(), name="count-in"),
    path("lots/<str:identifier>/sample/", making.SampleLotView.as_view(), name="sample-lot"),
    path("lots/<str:identifier>/reconcile/", making.ReconcileView.as_view(), name="reconcile"),
    path("make/", making.MakeView.as_view(), name="make"),
    path("convert/", converting.ConvertView.as_view(), name="convert"),
    path("allocations/<int:key>/end/", containers.EndAllocationView.as_view(), name="end-allocation"),
    path("containers/<str:identifier>/free/", deciding.FreeView.as_view(), name="free"),
    path("containers/<str:identifier>/", containers.ContainerView.as_view(), name="container"),
    path("containers/<str:identifier>/<str:act>/", containers.ActView.as_view(), name="container-act"),
    path("definitions/", terms.DefinitionsView.as_view(), name="definitions"),
    path("definitions/define/", terms.DefineView.as_view(), name="define"),
    path("definitions/<str:code>/", terms.DefinitionView.as_view(), name="definition"),
    path("definitions/<str:code>/sampling/", terms.PlanSamplingView.as_view(), name="plan-sampling"),
    path("suppliers/", terms.SuppliersView.as_view(), name="suppliers"),
    path("suppliers/register/", terms.RegisterView.as_view(), name="register-supplier"),
    path("suppliers/<str:code>/", terms.SupplierView.as_view(), name="supplier"),
    path("suppliers/<str:code>/decide/", deciding.DecideSupplierView.as_view(), name="decide-supplier"),
    path("locations/define/", terms.DefineLocationView.as_view(), name="define-location"),
]

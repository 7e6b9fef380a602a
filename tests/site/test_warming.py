"""A web process has loaded every page before it answers anybody."""

from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.template.loaders import cached

from batchwright.site import warming


def test_every_template_of_the_plant_is_compiled_before_the_first_request() -> None:
    [engine] = engines.all()
    assert isinstance(engine, DjangoTemplates)
    [loader] = engine.engine.template_loaders
    assert isinstance(loader, cached.Loader)
    loader.reset()
    assert warming.warm() == len(set(warming._names())) > 100
    assert set(loader.get_template_cache) >= set(warming._names())

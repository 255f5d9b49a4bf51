"""`/ontology`: the document behind every class and predicate, for people and for programs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.documents import DOCUMENT_TYPES, HTML, SUFFIXES, ontology_as, terms
from api.negotiation import agree
from api.service import Here
from kg.errors import NotFound

router = APIRouter(tags=["Ontology"])


@router.get("/ontology", summary="The classes and predicates, as a page or as RDF")
def show_ontology(request: Request, here: Here) -> Response:
    """Send what the client likes best."""
    media_type = agree(request.headers.get("accept"), (HTML, *DOCUMENT_TYPES))
    if media_type == HTML:
        types = (here.vocabulary.paper, *here.vocabulary.types.values())
        known = {each.name for each in types}
        known |= {end for each in here.vocabulary.predicates.values() for end in (each.name, each.inverse)}
        others = [term for term in terms() if term.name not in known]
        page = here.pages.show("ontology.html", vocabulary=here.vocabulary, types=types, others=others)
        page.headers["Vary"] = "Accept"
        return page
    return Response(ontology_as(media_type), media_type=media_type, headers={"Vary": "Accept"})


@router.get("/ontology.{suffix}", summary="The ontology as a file")
def ontology_file(suffix: str) -> Response:
    """Send the format that the suffix names."""
    if suffix not in SUFFIXES:
        raise NotFound(f"ontology.{suffix}", [f"ontology.{known}" for known in SUFFIXES])
    return Response(ontology_as(SUFFIXES[suffix]), media_type=SUFFIXES[suffix])


@router.get("/ontology/{term}", include_in_schema=False)
def show_term(term: str) -> Response:
    """Lead to the place of a class or predicate in the document."""
    return RedirectResponse(f"/ontology#{term}", 303)

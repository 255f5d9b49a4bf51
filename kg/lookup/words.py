"""The English that holds a question together; its nouns and verbs are in the ontology."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FILLERS = _set(
    "which list show me all the find give are is there any a an please now do you know can could would "
    "i want to like need tell"
)
HOW_MANY = ("how", "many")
CONCERNING = _set(
    "test tests testing measure measures measuring assess assesses assessing cover covers covering"
)
ANYTHING = _set("what who whatever anything everything something how where ways way things thing")
LINKS = _set("that which who have has can could may will help helps helped to used designed made built meant")
BEING = frozenset({"is", "are", "was", "were", "be", "been", "being", "get", "got"})
HELPERS = frozenset({"does", "do", "did", "has", "have", "can", "could", "will"}) | BEING
WRITING = frozenset({"written", "authored", "by", "from"})
OF = frozenset({"of", "for", "from", "by"})
ON = frozenset({"on"})
ABOUT = frozenset({"about"})
PREPOSITIONS = frozenset({"on", "with", "by", "in", "to"})
CONNECTING = OF | ON | frozenset({"in", "with", "at", "within"})
AND = frozenset({"and", ","})
ARTICLES = frozenset({"a", "an", "any", "some", "the", "new", "its", "their"})
BOTH = frozenset({"the", "both", "either"})
EXISTING = frozenset(
    {"exist", "exists", "available", "there", "are", "is", "used", "reported", "known", "that"}
)
ADJECTIVES = _set(
    "most more commonly widely used popular common frequent new different known available existing "
    "other cited named main important recent latest newest"
)
TAIL = _set("are is there exist exists available please used here known covered included")
ASIDE = frozenset({"by", "how", "what", "over", "where", "when", "why"})
"""What opens a second question behind "and": the first is answered, and numbers stand beside its rows."""

SINCE, BEFORE, YEARLY = (
    frozenset({"since"}),
    frozenset({"before", "until"}),
    frozenset({"in", "from", "during"}),
)
AFTER, BETWEEN = frozenset({"after"}), frozenset({"between", "from"})
TO = frozenset({"to", "and", "until", "-"})
PUBLISHED = frozenset({"published", "released", "written", "dated", "appearing", "out"})

RESULTS = _set("results result numbers figures scores score performance performances outcomes")
REACHING = _set(
    "do does did perform performs get gets got achieve achieves achieved reach reaches reached have "
    "has score scores scored obtain obtains attain attains reported report"
)
HOW_WELL = _set("how well good much high far what which score scores result results did does do is")
BOARDS = frozenset({"leaderboard", "leaderboards", "ranking", "rankings"})
BEST = _set(
    "best rank ranking top highest strongest leading leads lead leader leaders winner winners wins "
    "state-of-the-art sota"
)
BEST_OF = _set(
    "the is are has have a an of who what which performs perform performing does score scores result "
    "results state art scoring that to in any achieve achieves get gets reach reaches 3 5 10 20 "
    "models methods model method technique approach system known "
    "currently"
)
BEST_PHRASE = ("state", "of", "the", "art")

VERSUS = frozenset({"vs", "vs.", "versus"})
OR = frozenset({"or"})
COMPARING = _set("compare comparison difference differences comparing contrast better relation relationship")
COMPARED = _set("compare compared compares differ differs relate related")
BESIDE = VERSUS | AND | frozenset({"with", "to", "against", "from", "or"})

CLAIMING = _set("evidence that who says say claims claim it true papers saying for")
LIKE = _set("like similar related comparable alternative alternatives to competing")
MENTIONING = frozenset({"mention", "mentions", "mentioning", "name", "naming", "cite", "cites", "citing"})
TELLING = _set(
    "what what's whats is are was the a an tell me us about do does we i you know known said of "
    "describe explain define information info who did say there everything all give show on does mean "
    "see"
)

NEGATIONS = _set(
    "not don't doesn't didn't isn't aren't wasn't won't without no never except neither nor cannot can't"
)
COUNTING = _set("more fewer less least most above below than exactly over under")
BOUNDARIES = AND | ON | YEARLY | SINCE | BEFORE | VERSUS

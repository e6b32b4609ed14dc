"""By which phrases of a prompt a task is known: data for `task_evidence`. All text is compared in lower case."""

from __future__ import annotations

import re
from dataclasses import dataclass


def _phrases(*alternatives: str) -> str:
    """One of several words or phrases."""
    return rf"\b(?:{'|'.join(alternatives)})\b"


def _near(first: str, second: str, within: int = 60) -> str:
    """Two words or phrases in one sentence, in this order."""
    return rf"\b(?:{first})\b[^.\n]{{0,{within}}}\b(?:{second})\b"


def _compiled(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of tasks and the tier that does it. Each of `cues` stands for itself: they do not follow from one another.

    `function` is looked for in the names of the functions around the call. `takes_json`: the answer may well be JSON. `is_brief`: a task only where
    the answer has no room for more than a few words. `harder` are words for harder work of the same kind.
    """

    name: str
    tier: str
    function: re.Pattern[str]
    cues: tuple[re.Pattern[str], ...]
    takes_json: bool = False
    is_brief: bool = False
    harder: re.Pattern[str] | None = None


# Languages that few texts are written in today, and texts of which more than the meaning is to be kept.
_OLD_LANGUAGES = (
    r"latin(?! (?:america\w*|alphabet|scripts?|letters?|characters?))"
    r"|(?:ancient|koine|attic|byzantine|homeric) greek|sanskrit|pali|avestan|akkadian|sumerian|coptic|syriac|aramaic"
    r"|(?:biblical|mishnaic) hebrew|classical (?:chinese|arabic|japanese|tibetan|texts?|literature)"
    r"|(?:old|middle) (?:english|norse|french|irish|persian|church slavonic|high german)"
)
_LITERATURE = (
    r"ancient|late antique|medieval|mediaeval|literary|literature|poe(?:ms?|try|tic|ts?)|verses?|rhym\w+|rhetoric\w*|hymns?|sonnets?|lyrics"
    r"|scripture|scholar(?:s|ly)?|philolog\w+|novels?|sophisticat\w+"
)

_LANGUAGES = "english|german|french|spanish|italian|portuguese|dutch|polish|russian|turkish|arabic|hindi|chinese|japanese|korean"
_CODE = (
    r"code|sql|quer(?:y|ies)|python|java|javascript|typescript|rust|golang|cobol|fortran|kotlin|swift|php|perl|ruby|scala|pandas"
    "|scripts?|functions?|modules?|programs?|shell|bash"
)
_AMOUNTS = r"\d+|one|two|three|four|five|six|seven|eight|ten|a few"
_COPY = (
    "headlines?|slogans?|taglines?|ad copy|copy|product descriptions?|blog posts?|newsletters?|captions?|tweets?"
    "|social media posts?|press releases?|poems?|marketing e?-?mails?|landing pages?"
)

# What gets a title for its reader to find it again. A title of an article or a video has to win readers, which is no small task.
_TALKS = "(?:conversations?|chats?|sessions?|threads?|discussions?|dialog(?:ue)?s?|clusters?|topics?|themes?)"
_TAKES = "pick|choose|select|reply|respond|answer|return|output"

# The answer is longer than what it is made from, which no small task does.
_PROSE = rf"(?:{_AMOUNTS}|several)(?: ?(?:-|–|to) ?(?:{_AMOUNTS}))? (?:full |complete )?(?:sentences|paragraphs)"
EXPANDS = _compiled(
    _phrases("expand (?:this|it|the|each|every|on|upon)", "elaborate on"),
    _near("write|compose|draft|descriptions?|texts?", _PROSE),
)

KINDS = (
    Kind(
        "classification",
        "small",
        re.compile(
            r"classif|categori[sz]|sentiment|moderat|is_spam|label|(?:^|_)detect_\w*(?:type|category|lang|intent|topic|genre|mood|tone)"
        ),
        (
            _compiled(
                _phrases("classif(?:y|ies|ication|ier)", "categori[sz]e"),
                _near("pick|choose|select|assign|give", "category|label|class", 40),
                _near("identify|determine|detect", "type|kind|category|language|topic|mood|genre|intent", 20),
            ),
            _compiled(
                _phrases(rf"(?:one|any) of (?:the following|these|the (?:{_AMOUNTS})|{_AMOUNTS})"),
                _near(
                    _TAKES,
                    "(?:from|of) (?:this|the|these|that|our) (?:exact |following |given |allowed |predefined )?(?:list|options|choices)",
                ),
                r"\b(?:categories|labels|classes|options|choices)\b *(?:are|:|\()",
            ),
            _compiled(_phrases("sentiment", "positive,? (?:or )?(?:negative|neutral)", "spam", "yes or no", "true or false")),
            _compiled(_phrases("(?:decide|determine|detect|check|tell|say|identify) (?:if|whether)")),
        ),
        takes_json=True,
    ),
    Kind(
        "titling",
        "small",
        re.compile(
            r"(?:^|_)(?:chat|conversation|session|thread|dialog(?:ue)?)_(?:title|name)(?:_|$)"
            r"|(?:label|name|title)_(?:the_)?(?:cluster|topic|chat|conversation)|(?:cluster|topic)_(?:label|name|title)"
        ),
        (
            _compiled(
                _near(
                    "titles?|names?|labels?", rf"(?:for|of|to) (?:this|the|a|each|my|our|these|following)(?: \w+)? {_TALKS}", 30
                ),
                _phrases(rf"{_TALKS} (?:titles?|names?|labels?)"),
            ),
        ),
        is_brief=True,
    ),
    Kind(
        "tagging",
        "small",
        re.compile(r"(?:^|_)tags?(?:_|$)|tagging|keyword"),
        (
            _compiled(
                _phrases("tag (?:each|the|this|every|all)", "tagging"),
                _near("add|assign|suggest|choose|give|pick|propose", "tags|keywords|labels", 40),
            ),
            _compiled(
                r"\btags\b *(?:are(?= *:)|:|from)",
                _near("comma[- ]separated|list of", "tags|keywords", 20),
                _phrases(r"(?:at most|up to|exactly) \w+ (?:tags|keywords)"),
            ),
        ),
        takes_json=True,
    ),
    Kind(
        "routing",
        "small",
        re.compile(r"route|routing|triage|dispatch|intent"),
        (
            _compiled(
                _near("route|forward|dispatch|triage|assign|direct|send", "teams?|departments?|queues?|desks?|inbox|handlers?")
            ),
            _compiled(
                _phrases(
                    r"(?:which|right|correct|appropriate|responsible|best) (?:\w+ )?(?:team|department|queue|desk|inbox|handler)",
                    "(?:user|customer|caller)'?s? intent",
                )
            ),
            _compiled(r"\b(?:teams|departments|queues|desks|intents)\b *(?:are|:|\()"),
        ),
        takes_json=True,
    ),
    Kind(
        "extraction",
        "small",
        re.compile(
            r"extract|scrape|entities|fields|(?:^|_)parse_(?:text|message|email|expense|order|event|reminder|receipt|invoice|transaction)"
        ),
        (
            _compiled(_phrases("extract(?:s|ing|ion)?", "pull out", "copy out")),
            _compiled(
                _near("following|these", "fields|information|details|data|values|attributes|entities|keys", 20),
                r"\b(?:fields|keys)\b *(?:are|:)",
                r"\bnamed entit",
            ),
            _compiled(
                _near("null|none|n/a|empty|unknown|blank", "if|when|where|for", 40),
                _near("if", "missing|absent|not (?:present|found|mentioned|stated|given)"),
            ),
            _compiled(
                _phrases(
                    "(?:invoice|order|phone|account|serial|booking|policy) numbers?", "e-?mail address(?:es)?", "total amount"
                )
            ),
        ),
        takes_json=True,
    ),
    Kind(
        "translation",
        "small",
        re.compile(r"translat|locali[sz]e"),
        (
            _compiled(_phrases("translat(?:e|es|ing|ion|ions|or)")),
            _compiled(_phrases(rf"(?:in|into|to|from) (?:{_LANGUAGES})", "(?:target|source) language")),
            _compiled(
                _near(
                    "keep|preserve|leave|do not (?:change|translate)",
                    "placeholders?|formatting|markup|tags|names|tone|line breaks|html|markdown",
                )
            ),
        ),
        harder=_compiled(_phrases(_OLD_LANGUAGES, _LITERATURE)),
    ),
    Kind(
        "summarising",
        "mid",
        re.compile(r"summar|digest|tldr|condense"),
        (
            _compiled(_phrases("summar(?:y|ies|i[sz]e|i[sz]es|i[sz]ing|i[sz]ation)")),
            _compiled(
                rf"\b(?:in|within|at most|no more than|up to|under|maximum(?: of)?) (?:the )?(?:{_AMOUNTS}) (?:\w+ )?"
                r"(?:sentences?|words|bullet points?|bullets?|paragraphs?|lines)\b"
            ),
            _compiled(
                _phrases(
                    "(?:key|main) (?:points|ideas|facts|findings)", "bullet points", "tl;?dr", "takeaways", "condense", "gist"
                )
            ),
        ),
    ),
    Kind(
        "code review",
        "mid",
        re.compile(r"review"),
        (
            _compiled(
                _near("review(?:s|er|ing)?", "code|diffs?|patch(?:es)?|pull requests?|merge requests?|commits?|changes?"),
                _phrases("code review(?:er)?s?"),
            ),
            _compiled(_phrases("pull requests?", "merge requests?", "diffs?", "patch(?:es)?", "hunks?")),
            _compiled(_phrases("bugs?", "readability", "naming", "best practices", "edge cases", "typos")),
        ),
    ),
    Kind(
        "copywriting",
        "mid",
        re.compile(r"headline|slogan|tagline|_copy|blog|caption|newsletter|tweet|product_description"),
        (
            _compiled(_near("write|draft|create|generate|compose|come up with", _COPY)),
            _compiled(_phrases("copywriter", "marketing", "brand(?:'s)? voice", "tone of voice", "call to action")),
            _compiled(_phrases("catchy", "engaging", "persuasive", "playful", "compelling", "vivid", "witty", "target audience")),
        ),
    ),
    Kind(
        "customer chat",
        "mid",
        re.compile(r"support_reply|reply_to_customer|answer_customer|support_chat"),
        (
            _compiled(
                _phrases("customer (?:support|service|care)", "support (?:agent|assistant|bot)", "help ?desk", "chat ?bot"),
            ),
            _compiled(
                _near(
                    "customers?|guests?|visitors?|members?|shoppers?", r"questions?|asks?|requests?|complain\w*|(?:en|in)quir\w+"
                )
            ),
            _compiled(_phrases("polite", "politely", "friendly", "courteous", r"empath\w+", "apologi[sz]e")),
        ),
    ),
)

# The prompt asks for the bare answer, or for JSON.
ONLY_THE_ANSWER = _compiled(
    r"\b(?:answer|respond|reply|return|output|print|give|write)\b[^.\n]{0,40}\b(?:only|just|exactly|nothing but|a single|one)\b"
    r"[^.\n]{0,40}\b(?:words?|labels?|category|class|letter|number|yes|no|names?|titles?|tags?|translation|id|code)\b",
    r"\b(?:no|without(?: any)?|(?:do not|don't) (?:add|include|give|write)(?: any)?) (?:further |other |extra |additional )?"
    r"(?:explanations?|commentary|comments?|preamble|text|prose)\b",
    _phrases("nothing else", "do not explain"),
    r"\b(?:answer|respond|reply) with (?:exactly )?one\b(?! (?:\w+ )?(?:sentence|paragraph))",
)
IN_A_FEW_WORDS = re.compile(rf"\b(?:{_AMOUNTS})(?: ?(?:-|–|to|or) ?(?:{_AMOUNTS}))?[- ]words?\b")
AS_JSON = _compiled(_near("return|respond|reply|answer|output|give|format|in|as", r"json|array|csv", 40))

# What speaks for harder work. Words for thinking do not, where the answer has no room for thoughts.
THINKING = _compiled(
    _phrases(
        "step[- ]by[- ]step",
        "chain[- ]of[- ]thought",
        "think (?:carefully|hard|through|deeply|before|about)",
        "reason(?:ing|s)? (?:about|through|carefully|over|step)",
        "your reasoning",
        "multi-?step",
    )
)
HARD = _compiled(
    _phrases(
        "plan(?:ning)? (?:the|a|an|out|how|your|each|ahead)", "planner", "action plan", "strateg(?:y|ic|ies)", "trade-?offs?"
    ),
    _phrases("architect(?:ure|ural)?", "root cause", "hypothes[ie]s", "debug", "refactor", "implement (?:a|an|the|this|it)"),
    _phrases("prove", "proofs?", "theorem", "solve", "derive", "math(?:s|ematics|ematical)?"),
    _phrases("deep research", "research (?:agent|plan|question)", "agentic", "sub-?agents?", r"orchestrat\w+", "autonomous"),
    _phrases("coding agent", "you have access to", "tools? (?:you can|available|calls?|use)", r"use the \w+ tool"),
    _near(
        "write|generate|produce|complete|modify|rewrite",
        "code|functions?|scripts?|programs?|quer(?:y|ies)|sql|unit tests?|class",
        30,
    ),
    # What others will extract by: its author has to foresee what documents hold.
    r"\b(?:generat|creat|design|build|propos|infer|suggest)\w*(?: (?:an?|the|new|good|optimal|suitable|extraction|field|data|database|document))*"
    r" (?:schemas?|taxonom(?:y|ies)|ontolog(?:y|ies))\b",
    # One language of machines into another, or a question into a query.
    _near("translat\\w+|convert\\w*|port|turn|migrat\\w+|transpil\\w+|map", _CODE, 60),
    _phrases("sql", "regular expressions?", "regex", "cypher", "sparql", "graphql"),
    # Whether a rule of law is kept, and whether code is safe, are judgements.
    r"§|\b(?:section|article|art\.) ?[lrd]?\.? ?\d",
    _phrases(r"vulnerab\w+", r"code (?:review|smells?)"),
    _phrases("fix the (?:code|bug|error)", "legal (?:advice|opinion|analysis)", "medical", r"diagnos\w+"),
    _phrases("(?:impartial|strict|fair) (?:judge|grader|evaluator)", "judge (?:the|how|whether|which)", "rubric"),
    _phrases("grad(?:e|er|ing) (?:the|of|each)", "evaluat(?:e|or|ing) (?:the|how|whether|each|of)"),
)
# A picture is read by what the model sees; how hard that is, the prompt does not say.
OF_PICTURES = _compiled(
    _phrases("images?", "pictures?", "photos?", "photographs?", "screenshots?", r"handwrit\w+", "scanned", "ocr")
)
HARD_FUNCTION = re.compile(
    r"agent|plan|reason|solve|judge|grade|evaluat|research|(?:^|_)(?:code|sql)(?:_|$)|(?:2|_to_|to)sql|transpil|debug"
)
# A prompt that asks for a summary besides a label or fields.
ASKS_FOR_A_SUMMARY = _compiled(
    _near("write|provide|give|create|generate|produce|include|return", "summar(?:y|ies)", 40),
    _phrases("(?:concise|brief|short|one[- ]sentence|executive) summar(?:y|ies)", "summari[sz]e (?:the|this|it|each|what)"),
)
# What the model itself knows, which the small tier knows less of.
KNOWLEDGE = _compiled(
    _phrases(
        "(?:your|general|world|prior|background|own|pre-?trained|parametric) knowledge",
        "do you (?:know|recogni[sz]e)",
        "(?:if|whether) you (?:know|recogni[sz]e|are familiar)",
    )
)
# Judging another's work takes more than the work's own name says.
JUDGES = re.compile(
    r"check|quality|verif|validat|(?:^|_)(?:scor|rat(?:e|ing)(?:_|$))|critic|critique|review|compar", re.IGNORECASE
)

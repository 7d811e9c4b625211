"""Seeded English-like text for prompts, answers and tool results."""

_WORDS = """the agent reads a report about harbour traffic and compares this week with last week
before it writes a short summary for the planning team because two cranes were closed on Monday
and most of the delay came from the northern terminal where a customs check took longer than usual
please list every vessel that waited more than six hours then give the reason and the cost of each
stop if the log has no reason say so and do not guess the answer must fit on one page with a table
first refund order invoice payment customer ticket battery adapter delivery address confirmed
function returns value index test failed assertion expected module import cache memory thread
""".split()


def prose(random, characters):
    """About `characters` characters of sentences; always ends with a full stop."""
    sentences = []
    length = 0
    while length < characters:
        words = [random.choice(_WORDS) for _ in range(random.randint(6, 16))]
        sentence = " ".join(words).capitalize() + "."
        sentences.append(sentence)
        length += len(sentence) + 1
    return " ".join(sentences)

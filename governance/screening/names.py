"""Names in one plain form: Latin letters, no honorifics and legal forms, words weighed by what they tell."""

import re
from functools import lru_cache
from pathlib import Path

from anyascii import anyascii

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
HANGUL = re.compile(r"[\uac00-\ud7af]+")
ABJAD = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
DOTTED = re.compile(r"\b(?:\w\.\s?){2,}")


def read_words(name: str) -> frozenset[str]:
    return frozenset((Path(__file__).parent / "words" / f"{name}.txt").read_text(encoding="utf-8").split())


HONORIFICS = read_words("honorifics")
LEGAL_FORMS = read_words("legal_forms")
PARTICLES = read_words("particles")
# So common that one shared word tells little; in the form that `sound` gives.
COMMON = read_words("common")


SERVANT_OF = re.compile(r"\babd(?:(?:[aueo]l(?!l?ah)|[aueo]r(?=r?a))-?(?=[a-z]{4}|[ -]|$)|(?![a-z]))")
KOREAN_FAMILIES = {"김": "kim", "이": "li", "박": "pak", "최": "choe", "정": "jong", "강": "kang", "임": "rim"}
ARABIC_NAMES = {
    "محمد": "muhammad", "احمد": "ahmad", "علي": "ali", "علی": "ali", "حسن": "hasan", "حسین": "husayn", "حسين": "husayn",
    "محمود": "mahmud", "عمر": "umar", "طه": "taha", "عدي": "uday", "سعيد": "said", "ابو": "abu", "بن": "bin",
    "ابن": "ibn", "خان": "khan", "رضا": "rida", "يحيى": "yahya", "عيسى": "isa", "موسى": "musa", "مصطفى": "mustafa",
    "ابراهيم": "ibrahim", "صالح": "salih", "يوسف": "yusuf",
}  # fmt: skip


@lru_cache(200_000)
def tokens_of(name: str) -> tuple[str, ...]:
    """The words of a name, plain and in their order; all words stand when nothing but honorifics would be left."""
    words = split_words(name)
    kept = [word for word in words if word not in HONORIFICS and word not in LEGAL_FORMS]
    return tuple((kept or words)[:12])


def split_words(name: str) -> list[str]:
    if ABJAD.search(name):
        name = spell_arabic(name)
    name = HAN.sub(lambda found: f" {spell_chinese(found[0])} ", name[:400])
    name = HANGUL.sub(lambda found: f" {spell_korean(found[0])} ", name)
    plain = anyascii(name).lower()
    plain = DOTTED.sub(lambda found: join_letters(found[0]), plain)
    plain = re.sub(r"[`'’ʼ]", "", plain)
    plain = SERVANT_OF.sub("abdul ", plain)
    return [word[:40] for word in re.findall(r"[a-z0-9]+", plain)]


def join_letters(text: str) -> str:
    """`s.a.` is one word when it is a legal form; `j. r.` stays initials."""
    joined = re.sub(r"[.\s]", "", text)
    return f" {joined} " if joined in LEGAL_FORMS else " ".join(re.findall(r"\w", text)) + " "


def spell_chinese(text: str) -> str:
    """Family name first, the given name as one word, as lists write it."""
    spelt = [anyascii(sign) for sign in text]
    return " ".join([spelt[0], "".join(spelt[1:])]) if len(text) <= 4 else " ".join(spelt)


def spell_korean(text: str) -> str:
    """As lists write it: Kim and Pak, not Gim and Bag, and one letter a vowel."""
    spelt = [KOREAN_FAMILIES.get(text[0], anyascii(text[0])), *(anyascii(sign) for sign in text[1:])]
    spelt = [word.lower().replace("eo", "o").replace("eu", "u") for word in spelt]
    return " ".join([spelt[0], "".join(spelt[1:])]) if len(text) <= 4 else "".join(spelt)


def spell_arabic(text: str) -> str:
    """Without the article, and the commonest names with the vowels that the script leaves out."""
    text = re.sub(r"[\u064b-\u0652\u0640]", "", text)
    text = re.sub("[أإآٱ]", "ا", text).replace("ظ", "ز")
    text = re.sub("عبد ?الله", " abdullah ", text)
    text = re.sub("عبد ?ال", " abdul ", text)
    words = (re.sub("^و?ال(?=..)", "", word) for word in text.split())
    return " ".join(ARABIC_NAMES.get(word, word) for word in words)


SOUNDS = (
    (re.compile(r"^(?:al|el)(?=[bcdfghjklmnpqrstvwxz].{3})"), ""),
    (re.compile(r"sch|shch|tch|ch|sh"), "s"),
    (re.compile(r"dzh|zh|dj"), "j"),
    (re.compile(r"([dt])h"), r"\1"),
    (re.compile(r"kh|gh|q|ck"), "k"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"ph|v"), "f"),
    (re.compile(r"ou|oo|o"), "u"),
    (re.compile(r"ee|ei|ie|ey|ay|ai|y|e"), "i"),
    (re.compile(r"w"), "u"),
    (re.compile(r"c(?=[iaukrlt]|$)"), "k"),
    (re.compile(r"g"), "k"),
    (re.compile(r"z"), "s"),
)  # fmt: skip
DOUBLED = re.compile(r"(.)\1+")


@lru_cache(400_000)
def hear(word: str) -> str:
    """The letters by their sound, one letter each; an h that is spoken stays."""
    for pattern, into in SOUNDS:
        word = pattern.sub(into, word)
    return word


@lru_cache(400_000)
def sound(word: str) -> str:
    """One form for the spellings of one sound: Mohamed, Muhammad and Mohammad fall near one another."""
    if word.isdigit():
        return word
    heard = hear(word)
    return DOUBLED.sub(r"\1", heard[:1] + heard[1:].replace("h", "")) or word


@lru_cache(400_000)
def skeleton(word: str) -> str:
    """The consonants of the sound: what is left where vowels are not written, as in Arabic."""
    return DOUBLED.sub(r"\1", re.sub(r"[aeiou]", "", hear(word)).removesuffix("h"))


COMMON_SOUNDS = frozenset(sound(word) for word in COMMON)


@lru_cache(400_000)
def weight(word: str) -> float:
    """How much a word tells, from 0.15 to 1.2: particles and initials little, common names less, long words more."""
    if word in PARTICLES or len(word) == 1:
        return 0.15
    if sound(word) in COMMON_SOUNDS:
        return 0.65
    return min(1.2, 0.55 + 0.09 * len(word))

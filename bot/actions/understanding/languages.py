"""Languages as people name them, and their two-letter codes (ISO 639-1)."""

LANGUAGES = {
    "albanais": "sq", "algerien": "ar", "allemand": "de", "amharique": "am", "anglais": "en", "arab": "ar",
    "arabe": "ar", "armenien": "hy", "azeri": "az", "bambara": "bm", "basque": "eu", "bengali": "bn", "bosniaque": "bs",
    "breton": "br", "bulgare": "bg", "cambodgien": "km", "cantonais": "zh", "catalan": "ca", "chinois": "zh",
    "cinghalais": "si", "coreen": "ko", "corse": "co", "croate": "hr", "danois": "da", "dari": "fa",
    "darija": "ar", "espagnol": "es", "ewe": "ee", "farsi": "fa", "finnois": "fi", "flamand": "nl",
    "francais": "fr", "georgien": "ka", "grec": "el", "haitien": "ht", "haoussa": "ha", "hebreu": "he",
    "hindi": "hi", "hollandais": "nl", "hongrois": "hu", "igbo": "ig", "indonesien": "id", "italien": "it",
    "japonais": "ja", "khmer": "km", "kurde": "ku", "laotien": "lo", "lingala": "ln", "lituanien": "lt",
    "macedonien": "mk", "malgache": "mg", "mandarin": "zh", "marocain": "ar", "moldave": "ro",
    "neerlandais": "nl", "nepalais": "ne", "norvegien": "no", "occitan": "oc", "ourdou": "ur", "pachto": "ps",
    "persan": "fa", "peul": "ff", "polonais": "pl", "portugais": "pt", "roumain": "ro", "russe": "ru",
    "serbe": "sr", "slovaque": "sk", "slovene": "sl", "somali": "so", "suedois": "sv", "swahili": "sw",
    "tahitien": "ty", "tamoul": "ta", "tcheque": "cs", "thai": "th", "tigrigna": "ti", "tunisien": "ar",
    "turc": "tr", "turk": "tr", "turque": "tr", "ukrainien": "uk", "vietnamien": "vi", "wolof": "wo", "yoruba": "yo",
}  # fmt: skip
SPEAKERS = {
    "anglophone": "en", "arabophone": "ar", "francophone": "fr", "germanophone": "de", "hispanophone": "es",
    "lusophone": "pt", "russophone": "ru", "turcophone": "tr",
}  # fmt: skip
# Spoken in France without a two-letter code: they are kept in the person's own words.
WITHOUT_CODE = (
    "kabyle|berbere|amazigh|tamazight|chleuh|rifain|comorien|shimaore|mahorais|soninke|creole|alsacien|dioula|romani|manouche|"
    "langue des signes|lsf|assyrien|arameen|hmong|kinyarwanda|fon|malinke"
)

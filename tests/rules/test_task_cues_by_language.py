"""Phrases of simple tasks in other languages than English."""

from __future__ import annotations

import re

import pytest

from llmlint.rules.task_cues import KINDS
from llmlint.rules.task_cues_by_language import LANGUAGES, cues_in, languages_of

# By kind of task, in the order of the languages; and what speaks against a simple task.
PROMPTS = {
    "classification": (
        "Klassifiziere die Meldung. Kategorien: Ufer, Boje. Antworte nur mit der Kategorie.",
        "Classifie la lettre dans une des catégories : quai, phare. Réponds uniquement avec la catégorie.",
        "Clasifica el texto. Categorías: muelle, faro. Responde solo con una de las categorías.",
        "Classifique a mensagem. Categorias: cais, farol. Responda apenas com uma das categorias, não explique.",
        "Classifica il testo in una delle categorie che seguono. Categorie: molo, faro. Rispondi solo con la categoria.",
        "请把下面的留言分类。类别：码头、灯塔。只输出类别。",
        "次の便りを分類してください。カテゴリ：港、灯台。カテゴリだけを出力。",
        "다음 편지를 분류하세요. 카테고리: 항구, 등대. 카테고리만 출력하세요.",
    ),
    "extraction": (
        "Extrahiere die folgenden Felder aus dem Brief: Rechnungsnummer, Name. Leer, wenn nicht vorhanden.",
        "Extrais de la lettre les informations suivantes : numéro de commande. Mets null si absent, et une date.",
        "Extrae los siguientes datos del texto: número de pedido. Pon null si no aparece.",
        "Extraia os seguintes dados da mensagem: número de pedido. Use null se não constar, para uma tabela.",
        "Estrai i seguenti dati dal testo: numero di ordine. Usa null se una voce manca, con il nome che trovi.",
        "请从下面的信中提取以下字段：订单号、电话号码。如果没有则为空。",
        "次の手紙から以下の項目を抽出してください：注文番号。記載がない場合は空にしてください。",
        "다음 편지에서 다음 필드를 추출하세요: 주문 번호. 없으면 null로 하세요.",
    ),
    "translation": (
        "Übersetze den Text ins Englische und lass die Platzhalter und die Namen, wie sie sind.",
        "Traduis le texte en anglais pour les touristes. Conserve les balises et la mise en forme.",
        "Traduce el texto al inglés para los turistas. Mantén las etiquetas y el formato.",
        "Traduza o texto para o inglês e mantenha as tags da página; não explique.",
        "Traduci il testo in inglese con i nomi che trovi. Mantieni i tag della pagina.",
        "请把下面的文本翻译成英文,保留格式和标签。",
        "次の文を英語に翻訳してください。書式とタグはそのまま残してください。",
        "다음 글을 영어로 번역하세요. 서식과 태그는 그대로 유지하세요.",
    ),
}
HARD = (
    "Begründe deine Antwort Schritt für Schritt.",
    "Résume le texte étape par étape.",
    "Evalúa el texto paso a paso.",
    "Avalie o texto passo a passo.",
    "Valuta il testo passo dopo passo.",
    "请逐步推理并总结。",
    "段階的に推論し、要約してください。",
    "단계별로 추론하고 요약하세요.",
)
ENGLISH = (
    "Classify the ticket as one of the following: billing, booking. The plan is in the note; do as the system says, no comment.",
    "Extract the fields from the order and translate them into French. Return JSON and nothing else.",
)


@pytest.mark.parametrize("number", range(len(LANGUAGES)))
@pytest.mark.parametrize("kind", PROMPTS)
def test_phrases_of_a_language(kind: str, number: int) -> None:
    prompt, language = PROMPTS[kind][number].lower(), LANGUAGES[number]
    spoken = languages_of(prompt)
    assert language in spoken
    english = next(each.cues for each in KINDS if each.name == kind)
    found = [cue for cue in cues_in(kind, english, (language,)) if cue.search(prompt)]
    assert len(found) >= 2
    assert not any(re.search(each.hard, prompt) for each in spoken)
    assert re.search(language.hard, HARD[number].lower())


@pytest.mark.parametrize("prompt", ENGLISH)
def test_english_is_no_other_language(prompt: str) -> None:
    assert languages_of(prompt.lower()) == ()

"""The phrases of `task_cues` in other languages than English: data, one entry a language. All text is compared in lower case. They count in prompts
that are written in that language.

Chinese, Japanese and Korean have no spaces between words, so that their phrases stand without word boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_LEAST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Language:
    """Regular expressions. `words` are common words or characters of the language, three different ones of which a prompt in it has. Those of
    `classify` say the task, the list to choose from, the few values that there are, and a question with two answers; those of `extract` the task,
    its fields, what stands for a missing one, and what is typically looked for; those of `translate` the task, the languages, and what is to be
    kept. `only_the_answer` and `as_json` are about the form of the answer. `hard` speaks against a simple task: other work, judgements, summaries,
    pictures, code, literature.
    """

    words: str
    classify: tuple[str, str, str, str]
    extract: tuple[str, str, str, str]
    translate: tuple[str, str, str]
    only_the_answer: str
    as_json: str
    hard: str


GERMAN = Language(
    r"\b(?:und|der|die|das|ist|nicht|mit|für|eine[nrsm]?|auf|oder|wenn|folgende\w*|dem|den|aus|ins?|wie|nur)\b",
    (
        r"\b(?:klassifizier|kategorisier)\w*|\bordne\b[^.\n]{0,80}\b(?:kategorie|klasse|rubrik|label|thema)\w*",
        r"\b(?:kategorien|klassen|rubriken|optionen|möglichkeiten)\b *(?:sind|:|\()|\bein\w* (?:der|dieser|von) (?:folgenden|diesen|drei"
        r"|vier|fünf)\b",
        r"\bja oder nein\b|\bja/nein\b|\bpositiv\b[^.\n]{0,20}\bnegativ\b|\bstimmung\b|\bwahr oder falsch\b",
        r"\b(?:entscheide|prüfe|bestimme|erkenne|sag)\w*,? ob\b",
    ),
    (
        r"\bextrahier\w*|\bentnimm\b|\blies\b[^.\n]{0,60}\baus\b",
        r"\bfolgende\w* (?:felder|angaben|informationen|daten|werte|attribute)\b|\b(?:felder|schlüssel)\b *:",
        r"\b(?:null|leer\w*|unbekannt)\b[^.\n]{0,40}\b(?:wenn|falls)\b|\b(?:wenn|falls)\b[^.\n]{0,60}\b(?:fehl\w+|nicht (?:vorhanden"
        r"|angegeben|genannt))\b",
        r"\b(?:rechnungs|auftrags|bestell|telefon|konto|serien|kunden)nummer\w*|\be-?mail-?adresse\w*|\bgesamtbetrag\b",
    ),
    (
        r"\bübersetz\w*",
        r"\b(?:ins|auf|aus dem|in das) (?:deutsch|englisch|französisch|spanisch|italienisch|polnisch|russisch|türkisch|chinesisch|japanisch)\w*"
        r"|\b(?:ziel|ausgangs)sprache\b",
        r"\b(?:behalte|erhalte|belasse|lass)\b[^.\n]{0,60}\b(?:platzhalter|formatierung|tags|html|markdown|zeilenumbrüche|namen)\b",
    ),
    r"\b(?:antworte|gib|schreibe?|nenne)\b[^.\n]{0,40}\b(?:nur|ausschließlich|lediglich|genau)\b[^.\n]{0,40}\b(?:wort|label|kategorie"
    r"|klasse|zahl|ja|nein"
    r"|titel|übersetzung)\b|\b(?:keine|ohne) (?:weiteren? |zusätzliche )?(?:erklärung|erläuterung|kommentar)\w*",
    r"\b(?:als|im|in|nur|gültiges)\b[^.\n]{0,20}\bjson",
    r"\bschritt für schritt|\bstrategi\w+|\bplan(?:e|en|ung)?\b|\barchitektur|\bbeweis|\blöse\b|\bberechne|\bmathemati|\bbewert|\bbeurteil|\bbenot"
    r"|\bmedizin|\bdiagnos|\brechtlich|\bjuristisch|\bquellcode|\bprogrammier|\bhypothes|\bzusammenfass|\bfasse\b[^.\n]{0,60}\bzusammen\b"
    r"|\bbild(?:er)?\b"
    r"|\bfoto|\bgedicht|\bliterar|\blatein|\baltgriech|\bbegründ"
    r"|\broman|\bkapitel|\bballade|\breim|\bvers(?:e|en|maß)?\b|\berzähl|\bironi|\btheater|\bdrama|\bnovelle|\bmärchen|\btonfall"
    r"|\bwortspiel|\bklausel|\bvertr[aä]g"
    r"|\burteil|\brevision\b|\bbgb\b|\bgesetz|\bnichtig|\bschwachstelle|\bsicherheitslücke|\bfunktion\b|\bcode\b|§|\bart(?:ikel|\.) ?\d",
)

FRENCH = Language(
    r"\b(?:les?|des|est|dans|pour|une|du|suivante?s?|texte|avec|vous|cette|chaque|ou|et)\b",
    (
        r"\b(?:classifi|catégoris)\w*|\bclasse(?:z|r)?\b[^.\n]{0,60}\b(?:dans|selon|parmi)\b",
        r"\b(?:catégories|classes|étiquettes|options|choix)\b *(?:sont|possibles|:|\()|\b(?:une?|l'une?) (?:seule )?des (?:catégories"
        r"|options|étiquettes|valeurs)\b",
        r"\boui ou non\b|\boui/non\b|\bpositif\b[^.\n]{0,20}\bnégatif\b|\bsentiment\b|\bvrai ou faux\b",
        r"\b(?:détermine|décide|indique|vérifie|dis)\w* si\b",
    ),
    (
        r"\bextra(?:is|ire|yez|yer|ction)\b|\brelève[zr]?\b",
        r"\b(?:champs|informations|données|valeurs|attributs) (?:suivante?s|ci-dessous)\b|\b(?:champs|clés)\b *:",
        r"\b(?:null|vide|inconnue?)\b[^.\n]{0,40}\b(?:si|quand|lorsque)\b|\bsi\b[^.\n]{0,60}\b(?:manqu\w+|absente?s?|n'est pas (?:présente?"
        r"|indiquée?|mentionnée?))\b",
        r"\bnuméros? de (?:facture|commande|téléphone|compte|série)\b|\badresses? (?:e-?mail|électronique)s?\b|\bmontant total\b",
    ),
    (
        r"\btradui(?:s|re|sez|t)\b|\btraduction\b",
        r"\b(?:en|vers l[ea']|du|de l') ?(?:anglais|français|allemand|espagnol|italien|portugais|néerlandais|polonais|russe|arabe|chinois"
        r"|japonais)\b"
        r"|\blangue (?:cible|source)\b",
        r"\b(?:conserve|garde|préserve|ne tradui\w+ pas)\w*\b[^.\n]{0,60}\b(?:balises|mise en forme|formatage|html|markdown|noms|sauts de ligne)\b",
    ),
    r"\b(?:réponds|répondez|renvoie|retourne|donne|écris)\w*\b[^.\n]{0,40}\b(?:uniquement|seulement|exactement|juste"
    r"|un seul)\b[^.\n]{0,40}\b(?:mot|étiquette"
    r"|catégorie|classe|nombre|oui|non|titre|traduction|nom)\b|\b(?:sans|aucune) (?:autre )?(?:explication|commentaire)s?\b",
    r"\b(?:en|au format|un|format)\b[^.\n]{0,20}\bjson",
    r"\bétape par étape|\bstratégi|\bplanifi|\bplan\b|\barchitecture|\bdémontr|\brésou|\bcalcul|\bmathémati|\bévalu|\bjuge|\bnote[rz]?\b"
    r"|\bmédic|\bdiagnos"
    r"|\bjuridique|\bcode source|\bprogramm|\bhypothès|\brésum|\bsynthès|\bimages?\b|\bphotos?\b|\bpoème|\bpoési|\blittér|\blatin\b"
    r"|\bgrec ancien|\bjustifi"
    r"|\broman|\bchapitre|\bvers\b(?! l)|\balexandrin|\brim[eé]|\bnarrat|\bironi|\bthéâtre|\bpièce de|\bconte\b|\bcontrat|\bclause"
    r"|\bjugement|\barrêt\b|\bcode\b|\bloi\b"
    r"|\babusi|\bnull?e\b|\bvulnérab|\bfaille|\bfonction\b|§|\bart(?:icle|\.) ?[lrd]?\.? ?\d",
)

SPANISH = Language(
    r"\b(?:el|los|las|para|una|del|que|siguientes?|texto|este|esta|según|cada|por|solo|y)\b",
    (
        r"\b(?:clasific|clasifiqu|categori[zc])\w*",
        r"\b(?:categorías|clases|etiquetas|opciones)\b *(?:son|posibles|:|\()|\buna? (?:sola )?de (?:las|los|estas"
        r"|estos) (?:siguientes )?(?:categorías|opciones"
        r"|etiquetas|valores)\b",
        r"\bsí o no\b|\bsí/no\b|\bpositivo\b[^.\n]{0,20}\bnegativo\b|\bsentimiento\b|\bverdadero o falso\b",
        r"\b(?:determina|decide|indica|comprueba|detecta|di)\w* si\b",
    ),
    (
        r"\b(?:extrae|extraer|extraiga|extraes)\b|\bextracción\b",
        r"\b(?:siguientes (?:campos|datos|valores|atributos)|siguiente información)\b|\b(?:campos|claves)\b *:",
        r"\b(?:null|vacío|desconocid[oa])\b[^.\n]{0,40}\b(?:si|cuando)\b|\bsi\b[^.\n]{0,60}\b(?:falta\w*|ausente|no (?:aparece|está"
        r"|se (?:menciona|indica)))\b",
        r"\bnúmeros? de (?:factura|pedido|teléfono|cuenta|serie)\b|\bcorreos? electrónicos?\b|\b(?:importe|monto) total\b",
    ),
    (
        r"\btradu(?:ce|cir|zca|cción|cciones)\b",
        r"\b(?:al|del|en) (?:inglés|francés|alemán|español|castellano|italiano|portugués|ruso|árabe|chino|japonés)\b|\bidioma de (?:destino"
        r"|origen)\b",
        r"\b(?:conserva|mantén|mantenga|preserva|no traduzcas)\b[^.\n]{0,60}\b(?:etiquetas|formato|html|markdown|nombres|saltos de línea)\b",
    ),
    r"\b(?:responde|devuelve|escribe|contesta|da)\b[^.\n]{0,40}\b(?:solo|sólo|solamente|únicamente|exactamente)\b[^.\n]{0,40}\b(?:palabra"
    r"|etiqueta|categoría|clase"
    r"|número|sí|no|título|traducción|nombre)\b|\b(?:sin|ninguna) (?:más |otra )?(?:explicación|explicaciones|comentarios?)\b",
    r"\b(?:en|formato|un|como)\b[^.\n]{0,20}\bjson",
    r"\bpaso a paso|\bestrategi|\bestratégi|\bplan\b|\bplanific|\barquitectura|\bdemuestr|\bresuelv|\bcalcul|\bmatemáti|\bevalú|\bevalua"
    r"|\bjuzga|\bcalific|\bmédic"
    r"|\bdiagnós|\bjurídic|\bcódigo fuente|\bprogram(?:a|ar|ación)\b|\bhipótesis|\bresum|\bimagen|\bimágenes|\bfotos?\b|\bpoema|\bpoesía"
    r"|\bliterari|\blatín\b"
    r"|\bgriego antiguo|\bjustific"
    r"|\bnovela|\bcapítulo|\bverso|\brima|\bnarrador|\bironía|\bteatro|\bcuento|\bcontrato|\bcláusula|\bsentencia|\bley\b|\bcódigo"
    r"|\babusiv|\bnul[ao]\b|\bvulnerab"
    r"|\bfunción|§|\bart(?:ículo|\.) ?\d",
)

PORTUGUESE = Language(
    r"\b(?:não|para|uma|ou|você|seguintes?|texto|são|pelo|pela|dos|das|abaixo|apenas|em|da)\b",
    (
        r"\b(?:classific|classifiqu|categoriz)\w*",
        r"\b(?:categorias|classes|rótulos|etiquetas|opções)\b *(?:são|possíveis|:|\()|\buma? (?:única )?d(?:as|os|estas"
        r"|estes) (?:seguintes )?(?:categorias|opções"
        r"|rótulos|valores)\b",
        r"\bsim ou não\b|\bsim/não\b|\bpositivo\b[^.\n]{0,20}\bnegativo\b|\bsentimento\b|\bverdadeiro ou falso\b",
        r"\b(?:determine|decida|indique|verifique|diga|detecte) se\b",
    ),
    (
        r"\b(?:extraia|extrair|extrai|extração)\b",
        r"\b(?:seguintes (?:campos|dados|valores|atributos|informações))\b|\b(?:campos|chaves)\b *:",
        r"\b(?:null|vazio|desconhecid[oa])\b[^.\n]{0,40}\b(?:se|quando)\b|\bse\b[^.\n]{0,60}\b(?:falt\w+|ausente|não (?:constar|estiver"
        r"|for (?:encontrad|mencionad|informad)[oa]))\b",
        r"\bnúmeros? d[ea] (?:fatura|nota|pedido|telefone|conta|série)\b|\bendereços? de e-?mail\b|\bvalor total\b",
    ),
    (
        r"\b(?:traduz|traduza|traduzir|tradução|traduções)\b",
        r"\b(?:para o|para|do|em) (?:inglês|francês|alemão|espanhol|italiano|português|russo|árabe|chinês|japonês)\b|\bidioma de (?:destino"
        r"|origem)\b",
        r"\b(?:mantenha|preserve|conserve|não traduza)\b[^.\n]{0,60}\b(?:tags|formatação|html|markdown|nomes|quebras de linha|marcadores)\b",
    ),
    r"\b(?:responda|retorne|devolva|escreva|dê)\b[^.\n]{0,40}\b(?:apenas|somente|só|exatamente)\b[^.\n]{0,40}\b(?:palavra|rótulo|categoria"
    r"|classe|número|sim|não"
    r"|título|tradução|nome)\b|\b(?:sem|nenhuma) (?:mais |outra )?(?:explicação|explicações|comentários?)\b",
    r"\b(?:em|formato|um|como)\b[^.\n]{0,20}\bjson",
    r"\bpasso a passo|\bestratég|\bplano\b|\bplanej|\barquitetura|\bdemonstre|\bresolva|\bcalcul|\bmatemáti|\bavali|\bjulgu|\bmédic"
    r"|\bdiagnós|\bjurídic"
    r"|\bcódigo-fonte|\bprogram(?:a|ar|ação)\b|\bhipótes|\bresum|\bimagem|\bimagens|\bfotos?\b|\bpoema|\bpoesia|\bliterári|\blatim\b"
    r"|\bgrego antigo|\bjustifiqu"
    r"|\bromance|\bcapítulo|\bverso|\brima|\bnarrador|\bironia|\bteatro|\bconto\b|\bcontrato|\bcláusula|\bsentença|\blei\b|\bcódigo"
    r"|\babusiv|\bnul[ao]\b|\bvulner"
    r"|\bfunção|§|\bart(?:igo|\.) ?\d",
)

ITALIAN = Language(
    r"\b(?:il|gli|della?|che|una|seguenti?|testo|quest[oa]|ogni|sono|nel|con|di|solo|o)\b",
    (
        r"\b(?:classific|categorizz)\w*",
        r"\b(?:categorie|classi|etichette|opzioni)\b *(?:sono|possibili|:|\()|\buna? (?:sola )?delle (?:seguenti )?(?:categorie|opzioni"
        r"|etichette)\b",
        r"\bsì o no\b|\bsì/no\b|\bpositivo\b[^.\n]{0,20}\bnegativo\b|\bsentimento\b|\bvero o falso\b",
        r"\b(?:determina|decidi|indica|verifica|stabilisci|rileva) se\b",
    ),
    (
        r"\b(?:estrai|estrarre|estrazione|estragga)\b",
        r"\b(?:seguenti (?:campi|dati|valori|attributi|informazioni))\b|\b(?:campi|chiavi)\b *:",
        r"\b(?:null|vuoto|sconosciut[oa])\b[^.\n]{0,40}\b(?:se|quando)\b|\bse\b[^.\n]{0,60}\b(?:manca\w*|assente|non (?:è presente"
        r"|è indicat[oa]|compare))\b",
        r"\bnumer[oi] di (?:fattura|ordine|telefono|conto|serie)\b|\bindirizz[oi] e-?mail\b|\bimporto totale\b",
    ),
    (
        r"\b(?:traduci|tradurre|traduzione|traduzioni)\b",
        r"\b(?:in|dall'|dal|nell') ?(?:inglese|francese|tedesco|spagnolo|italiano|portoghese|russo|arabo|cinese|giapponese)\b"
        r"|\blingua di (?:destinazione|origine)\b",
        r"\b(?:mantieni|conserva|preserva|non tradurre)\b[^.\n]{0,60}\b(?:tag|formattazione|html|markdown|nomi|segnaposto)\b",
    ),
    r"\b(?:rispondi|restituisci|scrivi|dai)\b[^.\n]{0,40}\b(?:solo|soltanto|esclusivamente|esattamente)\b[^.\n]{0,40}\b(?:parola|etichetta"
    r"|categoria|classe|numero"
    r"|sì|no|titolo|traduzione|nome)\b|\b(?:senza|nessuna) (?:altra |ulteriori )?(?:spiegazion[ei]|comment[oi])\b",
    r"\b(?:in|formato|un|come)\b[^.\n]{0,20}\bjson",
    r"\bpasso (?:dopo|per) passo|\bstrategi|\bpiano\b|\bpianific|\barchitettura|\bdimostra|\brisolv|\bcalcol|\bmatemati|\bvaluta|\bgiudica"
    r"|\bmedic|\bdiagnos|\bgiuridic"
    r"|\bcodice sorgente|\bprogramma(?:re|zione)?\b|\bipotesi|\briassum|\briassunto|\bimmagin|\bfoto\b|\bpoesi|\bletterari|\blatino\b"
    r"|\bgreco antico|\bmotiva"
    r"|\bromanz|\bcapitol|\bvers[oi]\b|\brim[ae]\b|\bnarrat|\bironi|\bteatr|\braccont|\bcontratt|\bclausol|\bsentenza|\blegge\b|\bcodice"
    r"|\babusiv|\bnull[ao]\b|\bvulnerab"
    r"|\bfunzion|§|\bart(?:icolo|\.) ?\d",
)

CHINESE = Language(
    r"[的了是在和或请請以下不为為从把将將这這只个個文本]",
    (
        r"分类|归类|分為|分為|判断[^。\n]{0,20}(?:类别|类型|類別)|標註|分類",
        r"(?:类别|類別|标签|標籤|选项|選項)(?:包括|有|为|為|如下|：|:)|从(?:以下|下列|这些)[^。\n]{0,20}(?:中|里)?(?:选择|选出|选)|(?:以下"
        r"|下列)(?:类别|標籤|标签|选项|類別)",
        r"是或否|“是”或“否”|是/否|正面[^。\n]{0,10}负面|積極|积极[^。\n]{0,10}消极|情感|情緒",
        r"(?:判断|判斷|判定|确定)[^。\n]{0,20}是否",
    ),
    (
        r"提取|抽取|擷取|萃取",
        r"(?:以下|下列)(?:字段|欄位|信息|資訊|数据|內容|内容)|(?:字段|欄位)(?:：|:|如下)",
        r"(?:如果|若|如)[^。\n]{0,30}(?:没有|沒有|缺失|未提及|不存在|找不到)|(?:null|空字符串|为空|留空)",
        r"发票号|發票號|订单号|訂單|电话号码|電話|邮箱地址|電子郵件|总金额|總金額",
    ),
    (
        r"翻译|翻譯|译成|譯成|译为|譯為",
        r"(?:成|为|為|到)(?:英文|英语|英語|中文|日文|日语|日語|法语|法文|德语|西班牙语|韩语|韓文|俄语)|目标语言|目標語言|源语言",
        r"(?:保留|保持|不要翻译|不要翻譯)[^。\n]{0,30}(?:占位符|格式|标签|標籤|html|markdown|名称|换行)",
    ),
    r"(?:只|仅|僅|直接)(?:需)?(?:回答|回复|返回|输出|輸出|回覆|回傳)|不要(?:有|添加|输出|输出任何|任何)?(?:任何)?(?:解释|解釋|说明|說明"
    r"|多余)|无需解释|無需解釋",
    r"(?:以|按|返回|输出|輸出|回傳)[^。\n]{0,20}json|json ?(?:格式|对象|数组|物件|陣列)",
    r"一步一步|逐步|步骤|策略|规划|計劃|计划|架构|证明|證明|求解|计算|數學|数学|评估|評估|评价|評價|评分|評分|打分|医学|医疗|诊断|診斷|法律"
    r"|代码|程式碼|编程|假设|总结|總結"
    r"|摘要|概括|图片|圖片|图像|照片|诗|詩|文学|文學|文言|古文|理由|推理|分析原因"
    r"|小说|小說|章节|章節|双关|雙關|语气|語氣|原文|《|戏剧|戲劇|歌词|歌詞|反讽|讽刺|合同|条款|條款|违反|違反|民法|判决|判決|合法|违法|違法|第\s*\d+\s*[条條]|漏洞|函数|函數",
)

JAPANESE = Language(
    r"[のをはにがでとしてくださいか]",
    (
        r"分類|カテゴリ(?:ー)?(?:に|を)|仕分け",
        r"(?:カテゴリ(?:ー)?|ラベル|選択肢|候補)(?:は|：|:|一覧)|(?:以下|次)の(?:カテゴリ(?:ー)?|ラベル|選択肢|いずれか|中から)|(?:から"
        r"|の中から)(?:1つ|一つ|ひとつ)",
        r"はい(?:」)?か(?:「)?いいえ|はい/いいえ|yes/no|ポジティブ[^。\n]{0,10}ネガティブ|肯定[^。\n]{0,10}否定|感情",
        r"かどうか(?:を)?(?:判定|判断|判別)|(?:判定|判断)して",
    ),
    (
        r"抽出|取り出し|抜き出",
        r"(?:以下|次)の(?:項目|情報|フィールド|データ)|(?:項目|フィールド|キー)(?:：|:)",
        r"(?:ない|無い|不明な|見つからない|記載がない)(?:場合|とき|もの|項目)は|null",
        r"請求書番号|注文番号|電話番号|メールアドレス|合計金額",
    ),
    (
        r"翻訳|訳して",
        r"(?:英語|日本語|中国語|韓国語|フランス語|ドイツ語|スペイン語)(?:に|へ|から)|対象言語|翻訳先",
        r"(?:プレースホルダ|書式|タグ|html|markdown|固有名詞|改行)[^。\n]{0,20}(?:保持|維持|そのまま|残)",
    ),
    r"(?:のみ|だけ)(?:を)?(?:回答|出力|返|答え)|(?:説明|解説|前置き|余計な文章)(?:は|を)?(?:不要|含めない|書かない|しない)|以外(?:は"
    r"|の)?[^。\n]{0,10}(?:出力|書か|含め)",
    r"json(?:形式|フォーマット|オブジェクト|配列|で|のみ)",
    r"段階的|ステップバイステップ|戦略|計画|設計|アーキテクチャ|証明|解いて|計算|数学|評価|採点|審査|医療|医学|診断|法律|法的|コード"
    r"|プログラム|仮説|要約|まとめ|画像|写真|詩|文学|古文"
    r"|理由|根拠|推論"
    r"|小説|語り手|皮肉|戯曲|歌詞|韻|物語|契約|条項|判決|民法|第\s*\d+\s*条|違反|違法|適法|無効|脆弱|関数",
)

KOREAN = Language(
    r"[은는이가을를의에로하다세요중]",
    (
        r"분류|범주화|카테고리(?:로|를)",
        r"(?:카테고리|범주|라벨|레이블|선택지|항목)(?:는|은|:| 목록)|다음 (?:카테고리|범주|라벨|레이블"
        r"|선택지)?[^.\n]{0,10}중(?:에서)? ?(?:하나|한 가지)?",
        r"예 또는 아니오|예/아니오|긍정[^.\n]{0,10}부정|감정|감성|참 또는 거짓",
        r"(?:인지|여부를?|있는지) ?(?:판단|판별|확인|결정)",
    ),
    (
        r"추출|뽑아",
        r"다음 (?:필드|정보|항목|데이터)|(?:필드|키) ?:",
        r"(?:없으면|없는 경우|없을 경우|누락된|알 수 없는)|null",
        r"송장 번호|주문 번호|전화번호|이메일 주소|총액|합계 금액",
    ),
    (
        r"번역",
        r"(?:영어|한국어|일본어|중국어|프랑스어|독일어|스페인어)(?:로|에서)|대상 언어",
        r"(?:자리표시자|서식|태그|html|markdown|고유명사|줄바꿈)[^.\n]{0,20}(?:유지|보존|그대로)",
    ),
    r"(?:만|오직)[^.\n]{0,15}(?:답|출력|반환|응답)|(?:설명|해설|부연)[^.\n]{0,10}(?:없이|하지 마|금지|포함하지)",
    r"json ?(?:형식|객체|배열|으로|만)",
    r"단계별|차근차근|전략|계획|아키텍처|설계|증명|풀어|계산|수학|평가|채점|심사|의료|의학|진단|법률|코드|프로그램|가설|요약|이미지|사진"
    r"|시를|문학|이유|근거|추론"
    r"|소설|화자|말투|희곡|가사|운율|이야기|계약|조항|판결|민법|제\s*\d+\s*조|위반|위법|무효|취약|함수",
)

LANGUAGES = (GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, CHINESE, JAPANESE, KOREAN)


def languages_of(text: str) -> tuple[Language, ...]:
    """The languages other than English that a prompt is written in; those that are close to each other may be taken for both."""
    return tuple(each for each in LANGUAGES if len(set(re.findall(each.words, text))) >= _LEAST_WORDS)


def cues_in(kind: str, english: Sequence[re.Pattern[str]], languages: tuple[Language, ...]) -> Sequence[re.Pattern[str]]:
    """The cues of a kind of task, each with what says the same in some languages."""
    field = _FIELDS.get(kind)
    if field is None or not languages:
        return english
    others = zip(*(getattr(each, field) for each in languages), strict=True)
    return [with_languages(cue, other) for cue, other in zip(english, others, strict=True)]


_FIELDS = {"classification": "classify", "extraction": "extract", "translation": "translate"}


def with_languages(english: re.Pattern[str], others: Iterable[str]) -> re.Pattern[str]:
    return _compiled("|".join((english.pattern, *others)))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)

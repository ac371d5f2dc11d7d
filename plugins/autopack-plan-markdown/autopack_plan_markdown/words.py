"""Word lists that several rules share."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


CREATE = _set(
    """
    create add new write introduce generate scaffold creates adds adding creating implement build define make
    """
)
MODIFY = _set(
    """
    modify update fix change edit extend refactor rewrite replace rename move adjust patch improve convert migrate wire
    register export bump append insert correct updates modifies fixes changes edits updating modifying
    fixing changing editing touch
    """
)
DELETE = _set(
    """
    delete remove drop deletes removes deleting removing
    """
)
READ = _set(
    """
    read see reference references like following follow based mirror mirrors similar existing look inspect compare
    consult per according imports uses using via calls reuse
    """
)
IMPERATIVE = (
    CREATE
    | MODIFY
    | DELETE
    | _set(
        """
    allow apply build bring cache call check clean clear collect configure connect copy cover define deprecate derive
    design detect disable display document emit enable ensure expose extract filter format guard handle hide include
    describe forget initialize initialise inline install integrate keep limit link list load log map mark merge mock
    normalize normalise
    open optimize optimise parse pass persist pin port print provide publish raise read record reduce refuse reject
    render reorganize report require resolve restore restrict return reuse run save send serve setup show simplify skip
    sort speed split start stop store support swap switch test throw track translate trim turn unify upgrade use
    validate verify wrap put prevent reset rework stream sync test tidy trace unify retrain expand extract
    drop mention note reorder shrink stop
    """
    )
)
_LEAD = _set(
    """
    please to then first finally next we should also let's now and ok okay so hm well bitte merci de veuillez il faut s'il vous
    te plaît por favor hay que tenemos пожалуйста нужно надо необходимо graag per favore proszę
    """
)
# What tasks begin with in French, Spanish and Portuguese, and what they end with in German.
_FIRST = _set(
    """
    ajouter créer modifier supprimer corriger mettre écrire implémenter remplacer déplacer documenter configurer afficher
    añadir agregar crear modificar eliminar corregir escribir implementar actualizar reemplazar mover documentar configurar
    mostrar cambiar arreglar quitar adicionar criar alterar remover corrigir escrever atualizar substituir mudar excluir consertar
    réparer rendre ajoute ajoutez crée créez modifie modifiez supprime supprimez corrige corrigez mets mettez écris écrivez
    implémente implémentez remplace remplacez déplace déplacez affiche affichez répare réparez rends
    añade agrega crea elimina escribe implementa actualiza reemplaza mueve muestra cambia arregla quita haz permite evita
    añada agregue cree modifique elimine corrija escriba implemente actualice reemplace mueva muestre cambie arregle quite haga
    adicione crie remova escreva atualize substitua mova mostre mude altere conserte exclua apague
    behebe repariere füge ändere entferne erstelle lösche ersetze schreibe baue ergänze stelle zeige dokumentiere implementiere
    correggi aggiungi rimuovi sostituisci aggiorna scrivi correggere aggiungere rimuovere
    herstel voeg verwijder maak wijzig repareer napraw dodaj usuń zmień utwórz zaktualizuj popraw
    """
)
_LAST = _set(
    """
    hinzufügen anlegen schreiben erstellen ändern entfernen löschen ersetzen umbauen einbauen aufnehmen ergänzen anpassen
    umstellen verschieben dokumentieren erkennen einführen umsetzen beheben korrigieren reparieren bauen
    """
)
_HAN_PLEASE = re.compile(r"(?:请|請|麻烦|麻煩|帮我|幫我|帮忙|你|我们|我想|希望|需要|能不能|可以)+")
_HAN = tuple(
    _set(
        """
        新增 添加 增加 创建 新建 编写 修改 修复 修正 删除 移除 实现 更新 重构 支持 优化 配置 接入 加入 将 把 为 改
        加 写 做 解决 处理 调整 去掉 换成 重写 完善 替换
        """
    )
)
_KANA = tuple(
    _set(
        """
        する 追加 作成 修正 変更 削除 実装 更新 対応 書く 移行 直す 直して ください 下さい してほしい お願いします
        """
    )
)
# Infinitives, and what one person or several are told to do.
_RUSSIAN = re.compile(
    r"[а-яё]{2,30}(?:ть|ти|ться)$|(?:исправь|добавь|удали|сделай|почини|измени|замени|перепиши|создай|напиши|обнови|убери|покажи)(?:те)?$"
)


def words_of(text: str) -> list[str]:
    """The words in small letters, without numbers and marks."""
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def is_imperative(text: str) -> bool:
    """Whether a sentence begins with a verb of doing, perhaps behind "please" or "to"; other languages may end with it."""
    words = words_of(text[:200])
    while words and words[0] in _LEAD:
        words.pop(0)
    if not words:
        return False
    if words[0] in IMPERATIVE or words[0] in _FIRST or words[-1] in _LAST or (words[0] in _LAST and words[1:2] == ["sie"]):
        return True
    if text.isascii():
        return False
    first = words[0][asks.end() :] if (asks := _HAN_PLEASE.match(words[0])) else words[0]
    return first.startswith(_HAN) or words[-1].endswith(_KANA) or _RUSSIAN.match(words[0]) is not None

"""The form of a resource that filters and sorting compare: no case, but where the schema says it counts."""

from scim2_models import CaseExact
from scim2_models.base import BaseModel
from scim2_models.path import AttributeBinding
from scim2_models.policy import default_comparison_key


def fold(value, model: type[BaseModel]) -> dict:
    """A dumped resource with each text in its comparable form; what no schema knows is left out."""
    names = {field.serialization_alias or name: name for name, field in model.model_fields.items()}
    folded = {}
    for name, item in value.items():
        field = names.get(name)
        if field is not None:
            folded[name] = _fold_field(item, model, field)
    return folded


def _fold_field(item, model: type[BaseModel], field: str):
    if isinstance(item, list):
        return [_fold_field(one, model, field) for one in item]
    if isinstance(item, dict):
        inner = model.get_field_root_type(field)
        return fold(item, inner) if isinstance(inner, type) and issubclass(inner, BaseModel) else item
    if not isinstance(item, str):
        return item
    return fold_text(item, case_exact=model.get_field_annotation(field, CaseExact) == CaseExact.true)


def fold_text(text: str, *, case_exact: bool = False) -> str:
    """Text as the library's own filters compare it."""
    return default_comparison_key(AttributeBinding(BaseModel, "", str, False, case_exact=case_exact), text)

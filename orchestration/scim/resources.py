"""What this service serves: the resource models, its configuration and what it tolerates."""

from typing import Annotated

from pydantic import Field
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ETag,
    Filter,
    Group,
    Pagination,
    Patch,
    Reference,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)
from scim2_models import EnterpriseUser as StrictEnterpriseUser
from scim2_models import User as StrictUser
from scim2_models.resources.enterprise_user import Manager as StrictManager
from scim2_models.resources.resource import AnyExtension

DEFAULT_PAGE = 100
LARGEST_PAGE = 1_000
MOST_OPERATIONS = 1_000
LARGEST_PAYLOAD = 1_048_576  # bytes of a bulk request


class Email(StrictUser.Emails):
    """RFC 7643 only recommends addresses of RFC 5321, and directories hold others, as of a `.local` domain."""

    value: str | None = None


class User(StrictUser[AnyExtension]):
    emails: list[Email] | None = None

    Emails = Email


class Manager(StrictManager):
    """Named by its id alone, as RFC 7644 section 3.7.2 and every provider does."""

    value: Annotated[str | None, CaseExact.true] = None
    ref: Reference[StrictUser] | None = Field(None, serialization_alias="$ref", validation_alias="$ref")


class EnterpriseUser(StrictEnterpriseUser):
    manager: Manager | None = None


Person = User[EnterpriseUser]

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=LARGEST_PAYLOAD),
    filter=Filter(supported=True, max_results=LARGEST_PAGE),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    pagination=Pagination(
        cursor=True,
        index=True,
        default_pagination_method="index",
        default_page_size=DEFAULT_PAGE,
        max_page_size=LARGEST_PAGE,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type="oauthbearertoken",
            name="OAuth Bearer Token",
            description="A token that an admin issues for one identity provider: `Bearer ens_scim_...`",
            spec_uri="https://www.rfc-editor.org/info/rfc6750",
            primary=True,
        )
    ],
)
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[ResourceType.from_resource(Person), ResourceType.from_resource(Group)],
    config=CONFIG,
)

# What no schema knows is kept and never answered; a PATCH path must be known, or the writer would believe it written.
READING = ScimPolicy(unknown=ScimPolicy.Unknown.keep)
ANSWERING = ScimPolicy(unknown=ScimPolicy.Unknown.ignore)
PATCHING = ScimPolicy(remove_value_as_filter=ScimPolicy.RemoveValue.apply)
PATCHING_ONE_VALUE = ScimPolicy(
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)

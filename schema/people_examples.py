"""Ready queries for an organisation's people: who they are, inviting, roles, and another account of one's own."""

from app.graphql.options import ReadyQuery

LINK = """# The answer is a link: open it in the browser that you are signed in with, and choose your other account.
mutation LinkMyOtherAccount($input: LinkIdentityInput!) {
  linkIdentity(input: $input) {
    ... on IdentityLinkRequested {
      url
    }
    ... on Problem {
      code
      message
      remedy
    }
  }
}
"""

MY_DATA = """# Everything that is kept about you. The document is JSON in itself: save it as a file.
query MyData {
  myData {
    version
    mediaType
    createdAt
    document
  }
}
"""

FIND = """# Every word begins a word of the name or of the address; without one everybody is listed.
query FindColleagues($search: String!) {
  members(search: $search, first: 10) {
    nodes {
      id
      name
      email
    }
  }
}
"""

_MEMBERS = """# Everybody in the organisation, with what they may do.
query Members {
  members(first: 20) {
    totalCount
    nodes {
      id
      name
      email
      role
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
"""

_INVITE = """# The link works once and for 24 hours. With memberId it brings another account to a member.
mutation InviteMember($input: InviteMemberInput!) {
  inviteMember(input: $input) {
    ... on MemberInvited {
      invitationUrl
      expiresAt
      role
      member {
        name
      }
    }
    ... on Problem {
      code
      message
      remedy
    }
  }
}
"""

_ROLE = """# At once, and never so that nobody is left who administers.
mutation SetMemberRole($input: SetMemberRoleInput!) {
  setMemberRole(input: $input) {
    ... on MemberRoleSet {
      member {
        name
        role
      }
    }
    ... on Problem {
      code
      message
      remedy
    }
  }
}
"""

FOR_ADMINISTRATORS = (
    ReadyQuery("Members", _MEMBERS),
    ReadyQuery("Invite", _INVITE, '{\n  "input": {\n    "role": "MEMBER",\n    "idempotencyKey": "…"\n  }\n}'),
    ReadyQuery(
        "Set a role", _ROLE, '{\n  "input": {\n    "memberId": "…",\n    "role": "SUBSCRIPTION_ADMINISTRATOR"\n  }\n}'
    ),
)

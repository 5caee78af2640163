"""Ready queries for what is told: notifications, the integration, a room sync under way, and the audit log."""

from app.graphql.options import ReadyQuery

_NOTIFICATIONS = """# What the viewer was told. Nothing of a calendar is kept: the event is read as you ask.
query Notifications {
  notifications(unreadOnly: false, first: 20) {
    totalCount
    nodes {
      id
      kind
      message
      createdAt
      readAt
      booking {
        id
        state
      }
    }
  }
}
"""

_NOTIFIED = """# Leave this running: each notification arrives here once.
subscription NotificationAdded {
  notificationAdded {
    id
    kind
    message
    createdAt
  }
}
"""

_CHANGES = """# Leave this running: the integration as it stands, and again whenever that changes.
subscription IntegrationChanged {
  integrationChanged {
    status
    statusSince
    suite
    health
    issues {
      code
      message
      remedy
    }
  }
}
"""

_PROGRESS = """# For administrators: how far the room sync has come; it ends with the run.
subscription RoomSyncProgress {
  roomSyncProgress {
    done
    total
    sync {
      state
      roomsAdded
      roomsUnpaired
      failureCode
    }
  }
}
"""

_TEST = """# For administrators: each check as soon as it is over. Run the test in another window, or in the console.
subscription TestFlowProgress {
  testFlowProgress {
    name
    outcome
    durationMilliseconds
  }
}
"""

_AUDIT_LOG = """# For administrators: who did or tried what, when and from where, and what became of it.
query AuditLog {
  auditLog(first: 20) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      at
      action
      outcome
      origin
      networkAddress
      actor {
        name
      }
      details {
        name
        value
      }
    }
  }
}
"""

FOR_MEMBERS = (
    ReadyQuery("My notifications", _NOTIFICATIONS),
    ReadyQuery("Listen for notifications", _NOTIFIED),
    ReadyQuery("Listen to the integration", _CHANGES),
)
FOR_ADMINISTRATORS = (
    ReadyQuery("Admin: listen to a test", _TEST),
    ReadyQuery("Admin: listen to the room sync", _PROGRESS),
    ReadyQuery("Admin: audit log", _AUDIT_LOG),
)

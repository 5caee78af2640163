"""Ready queries for buildings: which there are and how full they get, and what administrators do with them."""

from app.graphql.options import ReadyQuery

_BUILDINGS = """# Where one can work, and how full each place is today in the building's own zone.
query Buildings {
  buildings(first: 20) {
    nodes {
      id
      name
      timeZone
      today
      capacity
      slots
      openingHours {
        weekday
        opens
        closes
      }
      occupancy {
        people
        left
        isFull
      }
      floors {
        id
        name
        capacity
        areas {
          id
          name
          capacity
          occupancy {
            left
          }
        }
      }
    }
  }
}
"""

_CREATE = """# A building with everything in it. Capacities count at each level.
mutation CreateBuilding($input: CreateBuildingInput!) {
  createBuilding(input: $input) {
    ... on BuildingCreated {
      building {
        id
        name
        floors {
          id
          name
          areas {
            id
            name
          }
        }
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

_UPDATE = """# What is left out stays. Where shifts would be cancelled they are listed first, with a confirmation.
mutation UpdateBuilding($input: UpdateBuildingInput!) {
  updateBuilding(input: $input) {
    ... on BuildingUpdated {
      building {
        name
        capacity
      }
      cancelledShifts
      membersTold
    }
    ... on ShiftsNoLongerFit {
      consequences
      confirmation
      totalCount
      shifts {
        date
        slot
        floor
        area
        reason
        member {
          name
        }
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

_REMOVE = """# Without a confirmation it says what would happen.
mutation RemoveBuilding($input: RemoveBuildingInput!) {
  removeBuilding(input: $input) {
    ... on BuildingRemoved {
      building {
        name
      }
      cancelledShifts
    }
    ... on ShiftsNoLongerFit {
      consequences
      confirmation
    }
    ... on Problem {
      code
      message
      remedy
    }
  }
}
"""

_NEW_BUILDING = """{
  "input": {
    "name": "Harbour office",
    "timeZone": "Europe/Amsterdam",
    "capacity": 40,
    "floors": [
      { "name": "Ground floor", "areas": [{ "name": "North", "capacity": 24 }, { "name": "South", "capacity": 24 }] }
    ],
    "idempotencyKey": "harbour-office-1"
  }
}"""

FOR_MEMBERS = (ReadyQuery("Buildings", _BUILDINGS),)
FOR_ADMINISTRATORS = (
    ReadyQuery("Create a building", _CREATE, _NEW_BUILDING),
    ReadyQuery("Change a building", _UPDATE, '{\n  "input": {\n    "buildingId": "…",\n    "capacity": 30\n  }\n}'),
    ReadyQuery("Remove a building", _REMOVE, '{\n  "input": {\n    "buildingId": "…"\n  }\n}'),
)

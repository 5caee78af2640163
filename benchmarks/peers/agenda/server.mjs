// The whole agenda as a careful author would write it in Node: Fastify and Mercurius with JIT, one statement for each
// kind of thing, one call to the suite over connections that stay open. Run as `node server.mjs PORT`, with the
// environment that `benchmarks/benching/product/agenda_world.py` gives (NODE_EXTRA_CA_CERTS has it trust the suite).

import { createHash } from 'node:crypto'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'

const { DATABASE_URL, SUITE_TOKEN, GRAPH_URL } = process.env
const FIELDS =
  'id,iCalUId,type,isCancelled,subject,start,end,originalStartTimeZone,originalEndTimeZone,isAllDay,sensitivity,' +
  'showAs,organizer,isOrganizer,responseStatus,attendees,location,onlineMeeting,webLink,bodyPreview'
const KINDS = { singleInstance: 'SINGLE', occurrence: 'OCCURRENCE', exception: 'EXCEPTION' }
const ANSWERS = {
  organizer: 'ORGANISER',
  accepted: 'ACCEPTED',
  tentativelyAccepted: 'TENTATIVELY_ACCEPTED',
  declined: 'DECLINED',
}
const ROOM_ANSWERS = { accepted: 'ACCEPTED', tentativelyAccepted: 'PENDING', declined: 'REJECTED' }
const UNKNOWN = { kind: 'UNKNOWN', building: null, floor: null, area: null }

const OWNER = {
  name: 'owner',
  text: 'SELECT member_id, organisation_id FROM access_token WHERE token_hash = $1 AND expires_at > now()',
}
const PEOPLE = {
  name: 'people',
  text: 'SELECT id, name, address FROM member WHERE organisation_id = $1 AND address = ANY($2)',
}
const DOMAINS = {
  name: 'domains',
  text: "SELECT DISTINCT split_part(address, '@', 2) AS domain FROM member WHERE organisation_id = $1",
}
const SHIFTS = {
  name: 'shifts',
  text: `SELECT shift.member_id, shift.kind, shift.starts_at, shift.ends_at, building.name AS building, floor.name AS floor
           FROM shift LEFT JOIN building ON building.id = shift.building_id LEFT JOIN floor ON floor.id = shift.floor_id
          WHERE shift.organisation_id = $1 AND shift.member_id = ANY($2) AND shift.cancelled_at IS NULL
            AND shift.starts_at < $4 AND shift.ends_at > $3`,
}
const ROOMS = {
  name: 'rooms',
  text: 'SELECT address, building FROM room WHERE organisation_id = $1 AND address = ANY($2)',
}
const OWN = {
  name: 'own',
  text: `SELECT key, in_person, member.name, member.address, NULL AS room, NULL AS state
           FROM plain_attendance JOIN member ON member.id = member_id WHERE key = ANY($1)
         UNION ALL
         SELECT key, NULL, NULL, NULL, room, state FROM plain_booking WHERE key = ANY($1) ORDER BY name`,
}

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })

async function readEvents(from, to) {
  const window = new URLSearchParams({ startDateTime: from, endDateTime: to, $select: FIELDS, $top: '500' })
  const response = await fetch(`${GRAPH_URL}/me/calendarView?${window}`, {
    headers: { authorization: `Bearer ${SUITE_TOKEN}`, prefer: 'outlook.timezone="UTC"' },
  })
  const { value } = await response.json()
  return value.sort((a, b) => (a.start.dateTime < b.start.dateTime ? -1 : 1))
}

const ask = async (statement, values) => (await pool.query({ ...statement, values })).rows
const addressOf = (entry) => entry.emailAddress.address.toLowerCase()
const answerOf = (status) => ANSWERS[status.response] ?? 'NOT_RESPONDED'
const isRoom = (entry) => entry.type === 'resource'

function grouped(rows, name) {
  const groups = new Map()
  for (const row of rows) {
    const group = groups.get(row[name])
    if (group) group.push(row)
    else groups.set(row[name], [row])
  }
  return groups
}

async function agenda(organisation, from, to) {
  const wires = await readEvents(from, to)
  const invited = wires.flatMap((wire) => wire.attendees)
  const addresses = [...new Set(invited.filter((entry) => !isRoom(entry)).map(addressOf))]
  const roomAddresses = [...new Set(invited.filter(isRoom).map(addressOf))]
  const [people, domains, rooms, own] = await Promise.all([
    ask(PEOPLE, [organisation, addresses]),
    ask(DOMAINS, [organisation]),
    ask(ROOMS, [organisation, roomAddresses]),
    ask(OWN, [wires.map((wire) => wire.iCalUId)]),
  ])
  const shifts = await ask(SHIFTS, [organisation, people.map((person) => person.id), from, to])
  const known = {
    people: new Map(people.map((person) => [person.address, person])),
    domains: new Set(domains.map((row) => row.domain)),
    shifts: grouped(shifts, 'member_id'),
    rooms: new Map(rooms.map((room) => [room.address, room])),
    own: grouped(own, 'key'),
  }
  return wires.map((wire) => eventOf(wire, known))
}

function eventOf(wire, known) {
  const start = new Date(`${wire.start.dateTime.slice(0, 19)}Z`)
  const own = known.own.get(wire.iCalUId) ?? []
  const rooms = wire.attendees.filter(isRoom).map((entry) => {
    const email = addressOf(entry)
    const booked = own.find((row) => row.room === email)
    return {
      name: entry.emailAddress.name,
      email,
      state: booked?.state ?? ROOM_ANSWERS[entry.status.response] ?? 'PENDING',
    }
  })
  const attendees = wire.attendees.filter((entry) => !isRoom(entry)).map((entry) => attendeeOf(entry, start, known))
  return {
    id: wire.id,
    subject: wire.subject,
    isAllDay: wire.isAllDay,
    kind: KINDS[wire.type],
    status: wire.isCancelled ? 'CANCELLED' : 'CONFIRMED',
    sensitivity: wire.sensitivity.toUpperCase(),
    showAs: wire.showAs.toUpperCase(),
    isOrganiser: wire.isOrganizer,
    response: wire.isOrganizer ? 'ORGANISER' : answerOf(wire.responseStatus),
    location: wire.location.displayName || null,
    bodyPreview: wire.bodyPreview,
    webUrl: wire.webLink,
    onlineMeetingUrl: wire.onlineMeeting?.joinUrl ?? null,
    start: timeOf(wire.start, wire.originalStartTimeZone),
    end: timeOf(wire.end, wire.originalEndTimeZone),
    organiser: { name: wire.organizer.emailAddress.name, email: addressOf(wire.organizer) },
    rooms,
    attendees: { nodes: attendees },
    attendeeSummary: summaryOf(attendees, rooms, known),
    attendance: own
      .filter((row) => row.in_person !== null)
      .map((row) => ({
        kind: row.in_person ? 'IN_PERSON' : 'REMOTE',
        member: { name: row.name, email: row.address },
      })),
  }
}

function attendeeOf(entry, start, known) {
  const email = addressOf(entry)
  const member = known.people.get(email)
  const shift = member && known.shifts.get(member.id)?.find((row) => row.starts_at <= start && start < row.ends_at)
  return {
    person: { name: entry.emailAddress.name, email },
    kind: entry.type.toUpperCase(),
    response: answerOf(entry.status),
    isExternal: !member && !known.domains.has(email.slice(email.indexOf('@') + 1)),
    member: member ? { name: member.name, email: member.address } : null,
    location: shift ? { kind: shift.kind, building: shift.building, floor: shift.floor, area: null } : UNKNOWN,
  }
}

function summaryOf(attendees, rooms, known) {
  const buildings = new Set()
  for (const room of rooms) {
    const building = known.rooms.get(room.email)?.building
    if (building && room.state !== 'REJECTED') buildings.add(building.toLowerCase())
  }
  let here = 0
  let unknown = 0
  for (const { location } of attendees) {
    if (location.kind === 'UNKNOWN') unknown += 1
    else if (location.building && buildings.has(location.building.toLowerCase())) here += 1
  }
  return { atEventBuilding: here, elsewhere: attendees.length - here - unknown, unknown }
}

function timeOf(value, timeZone) {
  return { dateTime: `${value.dateTime.slice(0, 19)}+00:00`, date: null, timeZone }
}

const schema = `
  scalar DateTime
  type EventTime { dateTime: DateTime date: String timeZone: String! }
  type Person { name: String! email: String! }
  type AttendeeLocation { kind: String! building: String floor: String area: String }
  type Attendee {
    person: Person! kind: String! response: String! isExternal: Boolean! member: Person location: AttendeeLocation!
  }
  type Attendees { nodes: [Attendee!]! }
  type EventRoom { name: String! email: String! state: String! }
  type Summary { atEventBuilding: Int! elsewhere: Int! unknown: Int! }
  type Attendance { kind: String! member: Person! }
  type Event {
    id: ID! subject: String! start: EventTime! end: EventTime! isAllDay: Boolean! kind: String! status: String!
    sensitivity: String! showAs: String! isOrganiser: Boolean! response: String! location: String bodyPreview: String!
    webUrl: String onlineMeetingUrl: String organiser: Person rooms: [EventRoom!]! attendeeSummary: Summary!
    attendance: [Attendance!]! attendees(first: Int = 50): Attendees!
  }
  type Events { nodes: [Event!]! }
  type Problem { code: String! message: String! }
  type Agenda { events(first: Int = 50): Events! problems: [Problem!]! }
  union AgendaResult = Agenda | Problem
  type Query { agenda(from: DateTime!, to: DateTime!): AgendaResult! }
`

const resolvers = {
  Query: {
    agenda: async (_, { from, to }, { bearer }) => {
      const [owner] = await ask(OWNER, [createHash('sha256').update(bearer).digest('hex')])
      if (!owner) return { code: 'UNAUTHENTICATED', message: 'Nobody we know.' }
      return { found: await agenda(owner.organisation_id, from, to), problems: [] }
    },
  },
  AgendaResult: { resolveType: (value) => (value.found ? 'Agenda' : 'Problem') },
  Agenda: { events: ({ found }, { first }) => ({ nodes: found.slice(0, first) }) },
}

const app = Fastify()
app.register(mercurius, {
  schema,
  resolvers,
  jit: 1,
  context: (request) => ({ bearer: request.headers.authorization?.slice('Bearer '.length) ?? '' }),
})
await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
console.log('ready')
process.on('SIGTERM', () => process.exit(0))

// What every peer serves: the schema's text, the events in memory and a loader of locations for each request.
import { readFileSync } from 'node:fs'
import DataLoader from 'dataloader'

export const typeDefs = readFileSync(new URL('./agenda.graphql', import.meta.url), 'utf8')

const events = JSON.parse(readFileSync(process.env.BENCH_DATA, 'utf8'))
const locations = new Map()
for (const { attendees } of events) {
  for (const attendee of attendees) {
    attendee.knownLocation = attendee.location
    locations.set(attendee.person.email, attendee.location)
    delete attendee.location
  }
}

export const resolvers = {
  Query: {
    ping: () => 'pong',
    agenda: async (_, { first }) => ({ events: events.slice(0, first) }),
  },
  Attendee: {
    location: ({ person }, _, { locations }) => locations.load(person.email),
  },
}

export const context = () => ({
  locations: new DataLoader(async (addresses) => addresses.map((address) => locations.get(address))),
})

export const port = Number(process.env.PORT)
export const hasJit = process.argv.includes('--jit')

// Subscriptions by graphql-ws on ws, as their documentation shows it. Run as `node server.mjs PORT`. Each socket is told
// at once how things stand, and once more with every POST to `/tell`.

import { createServer } from 'node:http'
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

const waiting = new Set()

async function* changes() {
  yield { integrationChanged: { status: 'ENABLED' } }
  while (true) {
    yield await new Promise((resolve) => waiting.add(resolve))
  }
}

const Integration = new GraphQLObjectType({ name: 'Integration', fields: { status: { type: GraphQLString } } })
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { ping: { type: GraphQLString } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: { integrationChanged: { type: Integration, subscribe: changes } },
  }),
})

const server = createServer((request, response) => {
  const told = [...waiting]
  waiting.clear()
  for (const resolve of told) resolve({ integrationChanged: { status: 'DISABLED' } })
  response.writeHead(204).end()
})
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }))
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 2048 }, () => console.log('ready'))
process.on('SIGTERM', () => process.exit(0))

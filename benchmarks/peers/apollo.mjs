// Apollo Server, standalone.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { context, port, resolvers, typeDefs } from './memory.mjs'

const server = new ApolloServer({ typeDefs, resolvers, csrfPrevention: true, introspection: false })
await startStandaloneServer(server, { listen: { host: '127.0.0.1', port }, context: async () => context() })

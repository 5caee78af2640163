// Mercurius on Fastify; with --jit it compiles what it is asked for the first time.
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { context, hasJit, port, resolvers, typeDefs } from './memory.mjs'

const app = Fastify()
app.register(mercurius, { schema: typeDefs, resolvers, context, jit: hasJit ? 1 : 0 })
await app.listen({ host: '127.0.0.1', port })

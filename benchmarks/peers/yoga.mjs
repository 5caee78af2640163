// GraphQL Yoga on Node's own HTTP server, with its caches as they come; with --jit it executes by graphql-jit.
import { createServer } from 'node:http'
import { useGraphQlJit } from '@envelop/graphql-jit'
import { createSchema, createYoga } from 'graphql-yoga'
import { context, hasJit, port, resolvers, typeDefs } from './memory.mjs'

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context,
  graphiql: false,
  logging: false,
  plugins: hasJit ? [useGraphQlJit()] : [],
})
createServer(yoga).listen(port, '127.0.0.1')

// Every rule of graphql-eslint for schemas, but for what our contract decides otherwise.
// https://the-guild.dev/graphql/eslint/rules
import graphql from "@graphql-eslint/eslint-plugin";

const { "flat/schema-all": all, "flat/schema-relay": relay } = graphql.configs;

export default [
  {
    files: ["schema.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema.graphql" } },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...all.rules,
      ...relay.rules,

      // Stricter than the rule is by itself: fields, arguments, fields of inputs and values too.
      "@graphql-eslint/require-description": [
        "error",
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
        },
      ],

      // Lists are paged forwards only: `first` and `after`, with a `first` of their own and a most for each page.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],

      // The specification of connections asks for neither: what has no identity of its own, such as a free interval, is in
      // an edge too, and lists that what they belong to bounds are lists (UNPAGED in tests/schema/test_conventions.py).
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],

      // What has an id is a node, and nothing else has one: results, pages, problems and values are no things.
      "@graphql-eslint/strict-id-in-types": "off",

      // Results are never null: what went wrong is in their union, and null would say less.
      "@graphql-eslint/require-nullable-result-in-root": "off",

      // Fields and values stand in the order in which one reads of them, such as `start` before `end`.
      "@graphql-eslint/alphabetize": "off",

      // There are mutations and subscriptions.
      "@graphql-eslint/no-root-type": "off",

      // It asks for an argument that `@deprecated` does not have; the day stands in the reason (schema/release.py).
      "@graphql-eslint/require-deprecation-date": "off",
    },
  },
];

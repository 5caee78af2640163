import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: "src/**/*.ts",
  importExtension: ".js",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string",
        useTypeImports: true,
        strictScalars: true,
        scalars: { Date: "string", DateTime: "string", Time: "string", TimeZone: "string" },
      },
    },
  },
};

export default config;

// Compiles the Pulumi program for ts-node with esbuild: 0.1 s in place of 1 s with TypeScript, at each preview and update.
// `tsc --noEmit` checks the types, apart from any run.
const { transformSync } = require("esbuild");

exports.create = () => ({
  transpile(source, { fileName }) {
    const { code, map } = transformSync(source, {
      sourcefile: fileName,
      loader: "ts",
      format: "cjs",
      platform: "node",
      target: "es2022",
      sourcemap: "external",
      // Fields of resources are outputs that their base class sets; a field defined anew would hide them.
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    });
    return { outputText: code, sourceMapText: map };
  },
});

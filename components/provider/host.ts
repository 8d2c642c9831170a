import * as pulumi from "@pulumi/pulumi";
import { SlipwayProvider } from "./component-provider";

/** The process the engine starts for programs in YAML, Python and other languages. It prints the port it listens on. */
void pulumi.provider.main(new SlipwayProvider(), process.argv.slice(2));

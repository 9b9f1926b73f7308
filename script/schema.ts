import { writeFileSync } from "node:fs";
import { schemaText } from "./schema/json-schema.ts";

// Writes conf/services.schema.json from the schema that smc itself reads the services file with.
writeFileSync(new URL("../conf/services.schema.json", import.meta.url), schemaText());

import { memoryDisk, memoryStore } from "../../runtime/store/memory.ts";
import { storeContract } from "./store-contract.ts";

storeContract("the store in memory", async () => {
  const disk = memoryDisk();
  return { connect: async () => memoryStore(disk), remove: async () => undefined };
});

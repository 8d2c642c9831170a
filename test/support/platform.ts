import type { PlatformExports } from "../../components";

/** An environment as another stack would export it; tests of what runs in a platform use it in place of a real one. */
export const platform: PlatformExports = {
  name: "shop",
  region: "eu-central-1",
  accountId: "123456789012",
  partition: "aws",
  bucketName: "shop-artifacts",
  bucketArn: "arn:aws:s3:::shop-artifacts",
  repositoryUrl: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-models",
  repositoryArn: "arn:aws:ecr:eu-central-1:123456789012:repository/shop-models",
  tags: { team: "vision" },
};

export const imageUri = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-models@sha256:${"5".repeat(64)}`;

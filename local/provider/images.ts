/** What the provider needs of the local image store to serve `docker:index/image:Image`. */
export interface Images {
  build(options: {
    imageName: string;
    context: string;
    dockerfile?: string;
    args?: Record<string, string>;
    platform?: string;
    target?: string;
  }): Promise<{ readonly uri: string; readonly repository: string; readonly digest: string }>;
}

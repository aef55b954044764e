/**
 * Videos, by ffmpeg: their frames, and videos of frames.
 *
 * @module
 */
export { isVideo, VIDEO_EXTENSIONS } from "./ffmpeg.ts";
export { type Frame, type FrameOptions, readFrames, type VideoFrames } from "./read_frames.ts";
export type { AnnouncedFrame } from "./video_log.ts";
export { VideoFile } from "./write_video.ts";

/**
 * Videos, by ffmpeg: their frames, and videos of frames.
 *
 * @module
 */
export { ffmpegVersion, isVideo, VIDEO_EXTENSIONS } from "./ffmpeg.ts";
export { type Frame, type FrameOptions, readFrames, type VideoFrames } from "./read_frames.ts";
export type { AnnouncedFrame, VideoSource } from "./video_log.ts";
export { VideoFile, type VideoFileOptions, type VideoOrigin } from "./write_video.ts";

/* SPDX-License-Identifier: MIT */
/* The usages of remote controls, digitizers, and what moves by itself.
 * HID Usage Tables 1.4; see hid-usage.h. */
#include "layout/decode/hid-usage.h"

/* clang-format off */
static const struct hid_run consumer[] = {
	{0x01,
		"Consumer Control;Numeric Key Pad;Programmable Buttons;Microphone;Headphone;"
		"Graphic Equalizer;Keyboard Backlight"},
	{0x20, "+10;+100;AM/PM"},
	{0x30,
		"Power;Reset;Sleep;Sleep After;Sleep Mode;Illumination;Function Buttons"},
	{0x40,
		"Menu;Menu Pick;Menu Up;Menu Down;Menu Left;Menu Right;Menu Escape;"
		"Menu Value Increase;Menu Value Decrease"},
	{0x60,
		"Data On Screen;Closed Caption;Closed Caption Select;VCR/TV;Broadcast Mode;"
		"Snapshot;Still;Picture-in-Picture Toggle;Picture-in-Picture Swap;"
		"Red Menu Button;Green Menu Button;Blue Menu Button;Yellow Menu Button;Aspect;"
		"3D Mode Select;Display Brightness Increment;Display Brightness Decrement;"
		"Display Brightness;Display Backlight Toggle;Display Set Brightness to Minimum;"
		"Display Set Brightness to Maximum;Display Set Auto Brightness;"
		"Camera Access Enabled;Camera Access Disabled;Camera Access Toggle;"
		"Keyboard Brightness Increment;Keyboard Brightness Decrement;"
		"Keyboard Backlight Set Level;Keyboard Backlight OOC;"
		"Keyboard Backlight Set Minimum;Keyboard Backlight Set Maximum;"
		"Keyboard Backlight Auto;Selection;Assign Selection;Mode Step;Recall Last;"
		"Enter Channel;Order Movie;Channel;Media Selection;Media Select Computer;"
		"Media Select TV;Media Select WWW;Media Select DVD;Media Select Telephone;"
		"Media Select Program Guide;Media Select Video Phone;Media Select Games;"
		"Media Select Messages;Media Select CD;Media Select VCR;Media Select Tuner;"
		"Quit;Help;Media Select Tape;Media Select Cable;Media Select Satellite;"
		"Media Select Security;Media Select Home;Media Select Call;Channel Increment;"
		"Channel Decrement;Media Select SAP;;VCR Plus;Once;Daily;Weekly;Monthly"},
	{0xb0,
		"Play;Pause;Record;Fast Forward;Rewind;Scan Next Track;Scan Previous Track;"
		"Stop;Eject;Random Play;Select Disc;Enter Disc;Repeat;Tracking;Track Normal;"
		"Slow Tracking;Frame Forward;Frame Back;Mark;Clear Mark;Repeat From Mark;"
		"Return To Mark;Search Mark Forward;Search Mark Backwards;Counter Reset;"
		"Show Counter;Tracking Increment;Tracking Decrement;Stop/Eject;Play/Pause;"
		"Play/Skip;Voice Command;Invoke Capture Interface;Start or Stop Game Recording;"
		"Historical Game Capture;Capture Game Screenshot;"
		"Show or Hide Recording Indicator;Start or Stop Microphone Capture;"
		"Start or Stop Camera Capture;Start or Stop Game Broadcast;"
		"Start or Stop Voice Dictation Session;Invoke/Dismiss Emoji Picker"},
	{0xe0,
		"Volume;Balance;Mute;Bass;Treble;Bass Boost;Surround Mode;Loudness;MPX;"
		"Volume Increment;Volume Decrement"},
	{0xf0,
		"Speed Select;Playback Speed;Standard Play;Long Play;Extended Play;Slow"},
	{0x100,
		"Fan Enable;Fan Speed;Light Enable;Light Illumination Level;"
		"Climate Control Enable;Room Temperature;Security Enable;Fire Alarm;"
		"Police Alarm;Proximity;Motion;Duress Alarm;Holdup Alarm;Medical Alarm"},
	{0x150,
		"Balance Right;Balance Left;Bass Increment;Bass Decrement;Treble Increment;"
		"Treble Decrement"},
	{0x160,
		"Speaker System;Channel Left;Channel Right;Channel Center;Channel Front;"
		"Channel Center Front;Channel Side;Channel Surround;"
		"Channel Low Frequency Enhancement;Channel Top;Channel Unknown"},
	{0x170,
		"Sub-channel;Sub-channel Increment;Sub-channel Decrement;"
		"Alternate Audio Increment;Alternate Audio Decrement"},
	{0x180,
		"Application Launch Buttons;AL Launch Button Configuration Tool;"
		"AL Programmable Button Configuration;AL Consumer Control Configuration;"
		"AL Word Processor;AL Text Editor;AL Spreadsheet;AL Graphics Editor;"
		"AL Presentation App;AL Database App;AL Email Reader;AL Newsreader;"
		"AL Voicemail;AL Contacts/Address Book;AL Calendar/Schedule;"
		"AL Task/Project Manager;AL Log/Journal/Timecard;AL Checkbook/Finance;"
		"AL Calculator;AL A/V Capture/Playback;AL Local Machine Browser;"
		"AL LAN/WAN Browser;AL Internet Browser;AL Remote Networking/ISP Connect;"
		"AL Network Conference;AL Network Chat;AL Telephony/Dialer;AL Logon;AL Logoff;"
		"AL Logon/Logoff;AL Terminal Lock/Screensaver;AL Control Panel;"
		"AL Command Line Processor/Run;AL Process/Task Manager;"
		"AL Select Task/Application;AL Next Task/Application;"
		"AL Previous Task/Application;AL Preemptive Halt Task/Application;"
		"AL Integrated Help Center;AL Documents;AL Thesaurus;AL Dictionary;AL Desktop;"
		"AL Spell Check;AL Grammar Check;AL Wireless Status;AL Keyboard Layout;"
		"AL Virus Protection;AL Encryption;AL Screen Saver;AL Alarms;AL Clock;"
		"AL File Browser;AL Power Status;AL Image Browser;AL Audio Browser;"
		"AL Movie Browser;AL Digital Rights Manager;AL Digital Wallet;;"
		"AL Instant Messaging;AL OEM Features/ Tips/Tutorial Browser;AL OEM Help;"
		"AL Online Community;AL Entertainment Content Browser;"
		"AL Online Shopping Browser;AL SmartCard Information/Help;"
		"AL Market Monitor/Finance Browser;AL Customized Corporate News Browser;"
		"AL Online Activity Browser;AL Research/Search Browser;AL Audio Player;"
		"AL Message Status;AL Contact Sync;AL Navigation;"
		"AL Context-aware Desktop Assistant"},
	{0x200,
		"Generic GUI Application Controls;AC New;AC Open;AC Close;AC Exit;AC Maximize;"
		"AC Minimize;AC Save;AC Print;AC Properties"},
	{0x21a,
		"AC Undo;AC Copy;AC Cut;AC Paste;AC Select All;AC Find;AC Find and Replace;"
		"AC Search;AC Go To;AC Home;AC Back;AC Forward;AC Stop;AC Refresh;"
		"AC Previous Link;AC Next Link;AC Bookmarks;AC History;AC Subscriptions;"
		"AC Zoom In;AC Zoom Out;AC Zoom;AC Full Screen View;AC Normal View;"
		"AC View Toggle;AC Scroll Up;AC Scroll Down;AC Scroll;AC Pan Left;AC Pan Right;"
		"AC Pan;AC New Window;AC Tile Horizontally;AC Tile Vertically;AC Format;"
		"AC Edit;AC Bold;AC Italics;AC Underline;AC Strikethrough;AC Subscript;"
		"AC Superscript;AC All Caps;AC Rotate;AC Resize;AC Flip Horizontal;"
		"AC Flip Vertical;AC Mirror Horizontal;AC Mirror Vertical;AC Font Select;"
		"AC Font Color;AC Font Size;AC Justify Left;AC Justify Center H;"
		"AC Justify Right;AC Justify Block H;AC Justify Top;AC Justify Center V;"
		"AC Justify Bottom;AC Justify Block V;AC Indent Decrease;AC Indent Increase;"
		"AC Numbered List;AC Restart Numbering;AC Bulleted List;AC Promote;AC Demote;"
		"AC Yes;AC No;AC Cancel;AC Catalog;AC Buy/Checkout;AC Add to Cart;AC Expand;"
		"AC Expand All;AC Collapse;AC Collapse All;AC Print Preview;AC Paste Special;"
		"AC Insert Mode;AC Delete;AC Lock;AC Unlock;AC Protect;AC Unprotect;"
		"AC Attach Comment;AC Delete Comment;AC View Comment;AC Select Word;"
		"AC Select Sentence;AC Select Paragraph;AC Select Column;AC Select Row;"
		"AC Select Table;AC Select Object;AC Redo/Repeat;AC Sort;AC Sort Ascending;"
		"AC Sort Descending;AC Filter;AC Set Clock;AC View Clock;AC Select Time Zone;"
		"AC Edit Time Zones;AC Set Alarm;AC Clear Alarm;AC Snooze Alarm;AC Reset Alarm;"
		"AC Synchronize;AC Send/Receive;AC Send To;AC Reply;AC Reply All;"
		"AC Forward Msg;AC Send;AC Attach File;AC Upload;AC Download (Save Target As);"
		"AC Set Borders;AC Insert Row;AC Insert Column;AC Insert File;"
		"AC Insert Picture;AC Insert Object;AC Insert Symbol;AC Save and Close;"
		"AC Rename;AC Merge;AC Split;AC Disribute Horizontally;"
		"AC Distribute Vertically;AC Next Keyboard Layout Select;"
		"AC Navigation Guidance;AC Desktop Show All Windows;AC Soft Key Left;"
		"AC Soft Key Right;AC Desktop Show All Applications"},
	{0x2b0, "AC Idle Keep Alive"},
	{0x2c0,
		"Extended Keyboard Attributes Collection;Keyboard Form Factor;"
		"Keyboard Key Type;Keyboard Physical Layout;"
		"Vendor-Specific Keyboard Physical Layout;Keyboard IETF Language Tag Index;"
		"Implemented Keyboard Input Assist Controls;Keyboard Input Assist Previous;"
		"Keyboard Input Assist Next;Keyboard Input Assist Previous Group;"
		"Keyboard Input Assist Next Group;Keyboard Input Assist Accept;"
		"Keyboard Input Assist Cancel;;;;Privacy Screen Toggle;"
		"Privacy Screen Level Decrement;Privacy Screen Level Increment;"
		"Privacy Screen Level Minimum;Privacy Screen Level Maximum"},
	{0x500,
		"Contact Edited;Contact Added;Contact Record Active;Contact Index;"
		"Contact Nickname;Contact First Name;Contact Last Name;Contact Full Name;"
		"Contact Phone Number Personal;Contact Phone Number Business;"
		"Contact Phone Number Mobile;Contact Phone Number Pager;"
		"Contact Phone Number Fax;Contact Phone Number Other;Contact Email Personal;"
		"Contact Email Business;Contact Email Other;Contact Email Main;"
		"Contact Speed Dial Number;Contact Status Flag;Contact Misc.;"
		"Keyboard Brightness Next;Keyboard Brightness Previous;"
		"Keyboard Backlight Level Suggestion"},
	{0, NULL},
};

static const struct hid_run digitizer[] = {
	{0x01,
		"Digitizer;Pen;Light Pen;Touch Screen;Touch Pad;Whiteboard;"
		"Coordinate Measuring Machine;3D Digitizer;Stereo Plotter;Articulated Arm;"
		"Armature;Multiple Point Digitizer;Free Space Wand;Device Configuration;"
		"Capacitive Heat Map Digitizer"},
	{0x20, "Stylus;Puck;Finger;Device settings;Character Gesture"},
	{0x30,
		"Tip Pressure;Barrel Pressure;In Range;Touch;Untouch;Tap;Quality;Data Valid;"
		"Transducer Index;Tablet Function Keys;Program Change Keys;Battery Strength;"
		"Invert;X Tilt;Y Tilt;Azimuth;Altitude;Twist;Tip Switch;Secondary Tip Switch;"
		"Barrel Switch;Eraser;Tablet Pick;Touch Valid;Width;Height"},
	{0x51,
		"Contact Identifier;Device Mode;Device Identifier;Contact Count;"
		"Contact Count Maximum;Scan Time;Surface Switch;Button Switch;Pad Type;"
		"Secondary Barrel Switch;Transducer Serial Number;Preferred Color;"
		"Preferred Color is Locked;Preferred Line Width;Preferred Line Width is Locked;"
		"Latency Mode;Gesture Character Quality;Character Gesture Data Length;"
		"Character Gesture Data;Gesture Character Encoding;"
		"UTF8 Character Gesture Encoding;"
		"UTF16 Little Endian Character Gesture Encoding;"
		"UTF16 Big Endian Character Gesture Encoding;"
		"UTF32 Little Endian Character Gesture Encoding;"
		"UTF32 Big Endian Character Gesture Encoding;"
		"Capacitive Heat Map Protocol Vendor ID;Capacitive Heat Map Protocol Version;"
		"Capacitive Heat Map Frame Data;Gesture Character Enable;"
		"Transducer Serial Number Part 2;No Preferred Color;Preferred Line Style;"
		"Preferred Line Style is Locked;Ink;Pencil;Highlighter;Chisel Marker;Brush;"
		"No Preference"},
	{0x80,
		"Digitizer Diagnostic;Digitizer Error;Err Normal Status;"
		"Err Transducers Exceeded;Err Full Trans Features Unavailable;Err Charge Low"},
	{0x90,
		"Transducer Software Info;Transducer Vendor Id;Transducer Product Id;"
		"Device Supported Protocols;Transducer Supported Protocols;No Protocol;"
		"Wacom AES Protocol;USI Protocol;Microsoft Pen Protocol"},
	{0xa0,
		"Supported Report Rates;Report Rate;Transducer Connected;Switch Disabled;"
		"Switch Unimplemented;Transducer Switches;Transducer Index Selector"},
	{0xb0, "Button Press Threshold"},
	{0, NULL},
};

static const struct hid_run haptics[] = {
	{0x01, "Simple Haptic Controller"},
	{0x10, "Waveform List;Duration List"},
	{0x20,
		"Auto Trigger;Manual Trigger;Auto Trigger Associated Control;Intensity;"
		"Repeat Count;Retrigger Period;Waveform Vendor Page;Waveform Vendor ID;"
		"Waveform Cutoff Time"},
	{0x1001,
		"Waveform None;Waveform Stop;Waveform Click;Waveform Buzz Continuous;"
		"Waveform Rumble Continuous;Waveform Press;Waveform Release;Waveform Hover;"
		"Waveform Success;Waveform Error;Waveform Ink Continuous;"
		"Waveform Pencil Continuous;Waveform Marker Continuous;"
		"Waveform Chisel Marker Continuous;Waveform Brush Continuous;"
		"Waveform Eraser Continuous;Waveform Sparkle Continuous"},
	{0, NULL},
};

static const struct hid_run physical[] = {
	{0x01, "Physical Input Device"},
	{0x20,
		"Normal;Set Effect Report;Effect Parameter Block Index;Parameter Block Offset;"
		"ROM Flag;Effect Type;ET Constant-Force;ET Ramp;ET Custom-Force"},
	{0x30, "ET Square;ET Sine;ET Triangle;ET Sawtooth Up;ET Sawtooth Down"},
	{0x40, "ET Spring;ET Damper;ET Inertia;ET Friction"},
	{0x50,
		"Duration;Sample Period;Gain;Trigger Button;Trigger Repeat Interval;"
		"Axes Enable;Direction Enable;Direction;Type Specific Block Offset;Block Type;"
		"Set Envelope Report;Attack Level;Attack Time;Fade Level;Fade Time;"
		"Set Condition Report;Center-Point Offset;Positive Coefficient;"
		"Negative Coefficient;Positive Saturation;Negative Saturation;Dead Band;"
		"Download Force Sample;Isoch Custom-Force Enable;Custom-Force Data Report;"
		"Custom-Force Data;Custom-Force Vendor Defined Data;Set Custom-Force Report;"
		"Custom-Force Data Offset;Sample Count;Set Periodic Report;Offset;Magnitude;"
		"Phase;Period;Set Constant-Force Report;Set Ramp-Force Report;Ramp Start;"
		"Ramp End;Effect Operation Report;Effect Operation;Op Effect Start;"
		"Op Effect Start Solo;Op Effect Stop;Loop Count;Device Gain Report;Device Gain;"
		"Parameter Block Pools Report;RAM Pool Size;ROM Pool Size;"
		"ROM Effect Block Count;Simultaneous Effects Max;Pool Alignment;"
		"Parameter Block Move Report;Move Source;Move Destination;Move Length;"
		"Effect Parameter Block Load Report;;Effect Parameter Block Load Status;"
		"Block Load Success;Block Load Full;Block Load Error;Block Handle;"
		"Effect Parameter Block Free Report;Type Specific Block Handle;"
		"PID State Report;;Effect Playing;PID Device Control Report;PID Device Control;"
		"DC Enable Actuators;DC Disable Actuators;DC Stop All Effects;DC Reset;"
		"DC Pause;DC Continue;;;Device Paused;Actuators Enabled;;;;Safety Switch;"
		"Actuator Override Switch;Actuator Power;Start Delay;Parameter Block Size;"
		"Device-Managed Pool;Shared Parameter Blocks;"
		"Create New Effect Parameter Block Report;RAM Pool Available"},
	{0, NULL},
};

static const struct hid_run eye[] = {
	{0x01, "Eye Tracker;Head Tracker"},
	{0x10, "Tracking Data;Capabilities;Configuration;Status;Control"},
	{0x20,
		"Sensor Timestamp;Position X;Position Y;Position Z;Gaze Point;"
		"Left Eye Position;Right Eye Position;Head Position;Head Direction Point;"
		"Rotation about X axis;Rotation about Y axis;Rotation about Z axis"},
	{0x100,
		"Tracker Quality;Minimum Tracking Distance;Optimum Tracking Distance;"
		"Maximum Tracking Distance;Maximum Screen Plane Width;"
		"Maximum Screen Plane Height"},
	{0x200,
		"Display Manufacturer ID;Display Product ID;Display Serial Number;"
		"Display Manufacturer Date;Calibrated Screen Width;Calibrated Screen Height"},
	{0x300, "Sampling Frequency;Configuration Status"},
	{0x400, "Device Mode Request"},
	{0, NULL},
};

static const struct hid_run display[] = {
	{0x01, "Alphanumeric Display;Auxiliary Display"},
	{0x20,
		"Display Attributes Report;ASCII Character Set;Data Read Back;Font Read Back;"
		"Display Control Report;Clear Display;Display Enable;Screen Saver Delay;"
		"Screen Saver Enable;Vertical Scroll;Horizontal Scroll;Character Report;"
		"Display Data;Display Status;Stat Not Ready;Stat Ready;"
		"Err Not a loadable character;Err Font data cannot be read;"
		"Cursor Position Report;Row;Column;Rows;Columns;Cursor Pixel Positioning;"
		"Cursor Mode;Cursor Enable;Cursor Blink;Font Report;Font Data;Character Width;"
		"Character Height;Character Spacing Horizontal;Character Spacing Vertical;"
		"Unicode Character Set;Font 7-Segment;7-Segment Direct Map;Font 14-Segment;"
		"14-Segment Direct Map;Display Brightness;Display Contrast;Character Attribute;"
		"Attribute Readback;Attribute Data;Char Attr Enhance;Char Attr Underline;"
		"Char Attr Blink"},
	{0x80,
		"Bitmap Size X;Bitmap Size Y;Max Blit Size;Bit Depth Format;"
		"Display Orientation;Palette Report;Palette Data Size;Palette Data Offset;"
		"Palette Data;;Blit Report;Blit Rectangle X1;Blit Rectangle Y1;"
		"Blit Rectangle X2;Blit Rectangle Y2;Blit Data;Soft Button;Soft Button ID;"
		"Soft Button Side;Soft Button Offset 1;Soft Button Offset 2;Soft Button Report"},
	{0xc2, "Soft Keys"},
	{0xcc, "Display Data Extensions;;;Character Mapping"},
	{0xdd, "Unicode Equivalent;;Character Page Mapping"},
	{0xff, "Request Report"},
	{0, NULL},
};

const struct hid_page hid_pages_consumer[] = {
	{0x000c, "Consumer", consumer},
	{0x000d, "Digitizers", digitizer},
	{0x000e, "Haptics", haptics},
	{0x000f, "Physical Input Device", physical},
	{0x0012, "Eye and Head Trackers", eye},
	{0x0014, "Auxiliary Display", display},
	{0, NULL, NULL},
};
